import Console
import Foundation

/// Where loradeck keeps things, and what its console is set to.
struct ConfigReport: Encodable {
    struct Line: Encodable {
        let setting: String
        let value: String
        /// `default`, a place in the file, a variable or a flag.
        let from: String
    }

    let file: String
    let exists: Bool
    let themes: String
    let state: String
    let cache: String
    let settings: [Line]

    init(_ settings: Settings, folders: Folders) {
        file = folders.settings.path
        exists = FileManager.default.fileExists(atPath: folders.settings.path)
        themes = folders.themes.path
        state = folders.state.path
        cache = folders.cache.path
        self.settings = Setting.allCases.map { setting in
            let choice = settings[setting]
            let from =
                switch choice.source {
                case .standard: "default"
                case .file(let file, let line): file + (line.map { ":\($0)" } ?? "")
                case .variable(let name): "$" + name
                case .flag: setting.flag
                }
            return Line(setting: setting.rawValue, value: choice.value.toml, from: from)
        }
    }

    var text: String {
        var table = TextTable([("setting", .left), ("value", .left), ("from", .left)])
        for line in settings { table.add([line.setting, line.value, line.from]) }
        return """
            settings  \(file)\(exists ? "" : " (not there; `loradeck config --init` writes it)")
            themes    \(themes)
            state     \(state)
            models    \(cache)

            \(table.text)
            """
    }
}
