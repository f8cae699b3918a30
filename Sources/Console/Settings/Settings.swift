import TerminalKit

/// What a console and its engine are set to, and who said so: a flag before a variable before the file before the default.
public struct Settings: Sendable {
    public enum Source: Hashable, Sendable {
        case standard
        case file(String, line: Int?)
        case variable(String)
        case flag
    }

    public struct Choice: Hashable, Sendable {
        public let value: Setting.Value
        public let source: Source
    }

    private var choices: [Setting: Choice] = [:]

    /// - Parameters:
    ///   - document: the settings file; nil where there is none.
    ///   - flags: what the command line says, of the right kind each.
    /// - Throws: everything that is wrong in file and variables, whether something else overrides it or not.
    public init(
        document: SettingsDocument?, environment: [String: String], flags: [Setting: Setting.Value] = [:]
    ) throws(SettingsError) {
        var problems: [String] = []
        for entry in document?.entries ?? [] {
            let complaint: String?
            if let setting = Setting(rawValue: entry.key) {
                complaint = setting.complaint(about: entry.value, called: "'\(entry.key)'")
                choices[setting] = Choice(
                    value: entry.value, source: .file(document?.file ?? "", line: entry.line))
            } else {
                let known = Setting.allCases.map(\.rawValue).joined(separator: ", ")
                complaint = "unknown key '\(Sanitiser.line(entry.key, limit: 64))' (known: \(known))"
            }
            guard let complaint, let file = document?.file else { continue }
            problems.append(DocumentError(file: file, line: entry.line, message: complaint).description)
        }
        for setting in Setting.allCases {
            guard let text = environment[setting.variable], !text.isEmpty else { continue }
            let value = setting.value(of: text)
            if let complaint = setting.complaint(about: value, called: setting.variable) { problems.append(complaint) }
            choices[setting] = Choice(value: value, source: .variable(setting.variable))
        }
        for (setting, value) in flags {
            if let complaint = setting.complaint(about: value, called: setting.flag) { problems.append(complaint) }
            choices[setting] = Choice(value: value, source: .flag)
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    public subscript(setting: Setting) -> Choice {
        choices[setting] ?? Choice(value: setting.standard, source: .standard)
    }

    public var theme: String { text(.theme) }
    public var isReadOnly: Bool { truth(.readOnly) }
    public var takesMouse: Bool { truth(.mouse) }
    public var glyphs: GlyphSet? { GlyphChoice(rawValue: text(.glyphs))?.glyphs }
    public var sharesPrefixes: Bool { truth(.sharePrefixes) }
    /// In bytes.
    public var versionsBudget: Int { Setting.bytes(self[.versionsBudget].value) ?? 0 }
    public var drainSeconds: Int { number(.drainSeconds) }
    public var usesUTC: Bool { text(.time) == TimeChoice.utc.rawValue }

    /// What the terminal is opened with.
    public func terminal(environment: [String: String]) -> TerminalOptions {
        var options = TerminalOptions()
        options.glyphs = glyphs
        options.color = ColorChoice(rawValue: text(.color))?.depth(environment: environment)
        options.mouse = takesMouse
        options.synchronisedOutput = truth(.sync)
        options.escapeWait = number(.escapeWait) > 0 ? number(.escapeWait) : nil
        return options
    }

    /// What the console is started with; what no setting decides is left at its default.
    public func configuration(themes: [String], timeZoneOffset: Int) -> ConsoleConfiguration {
        var configuration = ConsoleConfiguration(theme: theme, themes: themes)
        configuration.isReadOnly = isReadOnly
        configuration.takesMouse = takesMouse
        configuration.refresh = number(.refresh)
        configuration.maxTokens = number(.answerTokens)
        configuration.screen = View.named[text(.screen)] ?? .overview
        configuration.layout = OverviewLayout(rawValue: text(.layout)) ?? .balanced
        configuration.timeZoneOffset = usesUTC ? 0 : timeZoneOffset
        configuration.label = Sanitiser.line(text(.label), limit: 24)
        configuration.borders = BorderChoice(rawValue: text(.borders)) ?? .square
        return configuration
    }

    private func text(_ setting: Setting) -> String {
        if case .text(let text) = self[setting].value { text } else { "" }
    }

    private func truth(_ setting: Setting) -> Bool { self[setting].value == .truth(true) }

    private func number(_ setting: Setting) -> Int {
        if case .number(let number) = self[setting].value { number } else { 0 }
    }
}

/// Everything that is wrong with the settings, a line each.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let problems: [String]

    public var description: String { problems.joined(separator: "\n") }
}
