import Foundation

/// The themes to choose from: those built in, and the user's.
public struct ThemeLibrary: Sendable {
    /// The built-in ones first, then the user's by name. A user's theme of the same name takes the place of the
    /// built-in one, and may inherit from it.
    public let themes: [Theme]
    /// Why files are missing among the themes.
    public let problems: [DocumentError]

    /// Reads every `*.toml` of a folder; nil or an absent folder leaves the built-in themes.
    public init(userFolder: URL?) {
        var own: [String: String] = [:]
        var problems: [DocumentError] = []
        let files = userFolder.flatMap {
            try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }
        for file in (files ?? []).filter({ $0.pathExtension == "toml" }) {
            do {
                own[file.deletingPathExtension().lastPathComponent] = try UserFile.text(of: file)
            } catch {
                problems.append(error)
            }
        }
        self.init(builtIn: BuiltInThemes.documents, own: own, problems: problems)
    }

    /// From texts by name.
    init(builtIn: [(name: String, document: String)], own: [String: String], problems: [DocumentError] = []) {
        let loader = Loader(builtIn: Dictionary(builtIn.map { ($0.name, $0.document) }) { first, _ in first }, own: own)
        var themes: [Theme] = []
        var problems = problems
        let names = builtIn.map(\.name) + own.keys.filter { name in !builtIn.contains { $0.name == name } }.sorted()
        for name in names {
            do {
                themes.append(try loader.theme(name))
            } catch {
                problems.append(error)
                // A faulty replacement does not take the built-in theme away.
                if let theme = try? Loader(builtIn: loader.builtIn, own: [:]).theme(name) { themes.append(theme) }
            }
        }
        self.themes = themes.isEmpty ? [.plain] : themes
        self.problems = problems
    }

    public func theme(named name: String) -> Theme? { themes.first { $0.name == name } }

    /// The theme to begin with: `dark`.
    public var standard: Theme { theme(named: "dark") ?? themes[0] }

    /// The theme after another in the list, around its end.
    public func theme(after theme: Theme) -> Theme {
        guard let index = themes.firstIndex(where: { $0.name == theme.name }) else { return themes[0] }
        return themes[(index + 1) % themes.count]
    }

    /// Follows `inherits`.
    private struct Loader {
        let builtIn: [String: String]
        let own: [String: String]

        func theme(_ name: String) throws(DocumentError) -> Theme {
            try file(name, visited: [], heir: nil).resolved()
        }

        /// A user's document comes before the built-in one of its name, which stands behind it: a user's `dark` may
        /// inherit from `dark`. `visited` holds the documents on the way here, so that a circle is seen.
        private func file(
            _ name: String, visited: [String], heir: ThemeFile.Given<String>?
        ) throws(DocumentError) -> ThemeFile {
            // What is built in stands on what is built in, whatever the user calls "dark".
            let isBuiltIn = visited.last?.hasPrefix("built-in/") ?? false
            let documents = [
                ("own/" + name, isBuiltIn ? nil : own[name]), ("built-in/" + name, builtIn[name]),
            ]
            guard let found = documents.first(where: { $0.1 != nil && !visited.contains($0.0) }),
                let document = found.1
            else {
                let isKnown = documents.contains { $0.1 != nil }
                throw DocumentError(
                    file: heir?.file ?? name + ".toml", line: heir?.line,
                    message: "inherits from '\(Sanitiser.line(name, limit: 64))', "
                        + (isKnown ? "which inherits from it" : "and there is no such theme"))
            }
            var file = try ThemeParser.parse(document, name: name)
            if let parent = file.inherits {
                file.inherit(try self.file(parent.value, visited: visited + [found.0], heir: parent))
            }
            return file
        }
    }
}
