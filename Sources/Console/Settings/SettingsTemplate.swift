/// The settings file as it is written at first: every setting with what it decides, each commented out at its default.
public enum SettingsTemplate {
    public static var document: String {
        let head = """
            # Settings of loradeck. A setting without # in front of it holds for every console that you open, and for `serve`;
            # a variable ($LORADECK_THEME, ...) and a flag (--theme, ...) beat it. `loradeck config` shows what holds and why,
            # `:reload` reads this file again. An unknown key or value is an error with its line.

            """
        return ([head] + Setting.allCases.map(entry)).joined(separator: "\n")
    }

    private static func entry(_ setting: Setting) -> String {
        let words = setting.words.map { "# One of: \($0.joined(separator: ", "))\n" } ?? ""
        return "# \(setting.summary)\n\(words)#\(setting.rawValue) = \(setting.standard.toml)\n"
    }
}
