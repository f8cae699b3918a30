import TerminalKit

/// Something that a user decides once, for every console and every engine behind one. Its raw value is its key in the settings file.
public enum Setting: String, CaseIterable, Sendable {
    case theme, color, glyphs, borders, mouse, sync, refresh, screen, layout, time, label
    case escapeWait = "escape-wait"
    case answerTokens = "answer-tokens"
    case readOnly = "read-only"
    case sharePrefixes = "share-prefixes"
    case versionsBudget = "versions-budget"
    case drainSeconds = "drain-seconds"

    public typealias Value = SettingsDocument.Value

    /// What a value must be.
    enum Kind {
        case words([String])
        /// At most so many characters; the value decides elsewhere whether it means something.
        case text(limit: Int)
        case number(ClosedRange<Int>)
        /// A number of bytes with or without a unit, 0 included.
        case size
        case truth
    }

    var kind: Kind {
        switch self {
        case .theme: .text(limit: 64)
        case .color: .words(ColorChoice.allCases.map(\.rawValue))
        case .glyphs: .words(GlyphChoice.allCases.map(\.rawValue))
        case .borders: .words(BorderChoice.allCases.map(\.rawValue))
        case .mouse, .sync, .readOnly, .sharePrefixes: .truth
        case .versionsBudget: .size
        case .drainSeconds: .number(0...3600)
        case .refresh: .number(1...30)
        case .screen: .words(View.Kind.main.map(\.rawValue) + [View.Kind.plan.rawValue])
        case .layout: .words(OverviewLayout.allCases.map(\.rawValue))
        case .time: .words(TimeChoice.allCases.map(\.rawValue))
        case .label: .text(limit: 24)
        case .escapeWait: .number(0...EscapeWait.longest)
        case .answerTokens: .number(1...100_000)
        }
    }

    /// What holds when nobody says otherwise.
    public var standard: Value {
        switch self {
        case .theme: .text("dark")
        case .color: .text(ColorChoice.auto.rawValue)
        case .glyphs: .text(GlyphChoice.auto.rawValue)
        case .borders: .text(BorderChoice.square.rawValue)
        case .mouse, .sync: .truth(true)
        case .readOnly, .sharePrefixes: .truth(false)
        case .versionsBudget: .text("1G")
        case .drainSeconds: .number(30)
        case .refresh: .number(4)
        case .screen: .text(View.Kind.overview.rawValue)
        case .layout: .text(OverviewLayout.balanced.rawValue)
        case .time: .text(TimeChoice.local.rawValue)
        case .label: .text("")
        case .escapeWait: .number(0)
        case .answerTokens: .number(128)
        }
    }

    /// What it decides, for the file that is written at first.
    public var summary: String {
        switch self {
        case .theme: "One of the built-in themes or of your own in the folder themes; T in the console shows them all."
        case .color: "auto goes by NO_COLOR, COLORTERM and TERM; always is 256 colours at least."
        case .glyphs: "Characters of graphs and boxes; blocks is for fonts without braille."
        case .borders: "Corners of boxes."
        case .mouse: "Take mouse clicks and the wheel; false leaves selecting text to the terminal. M switches."
        case .sync: "Mark each frame as one update (CSI ? 2026), so that none is seen half."
        case .refresh: "Frames a second at most; + and - change it."
        case .screen: "The screen at the start."
        case .layout: "What the overview gives its room to; V changes it."
        case .time: "Times of day by this machine's zone, or by UTC."
        case .label: "Shown in the header in the colours of a warning, such as PRODUCTION. Empty shows none."
        case .escapeWait:
            "Milliseconds that Esc waits for the rest of a split key; 0 takes \(EscapeWait.local), or \(EscapeWait.remote) over SSH or mosh."
        case .answerTokens: "Tokens that the answer to a test prompt may have."
        case .readOnly: "Refuse every command and prompt: look, and touch nothing."
        case .sharePrefixes:
            "One pool of cached prefixes for all tenants; by counts and times they learn what others asked."
        case .drainSeconds:
            "Seconds that running answers get to end when a server is told to, by SIGTERM or SIGINT; 0 ends them at once."
        case .versionsBudget: "Room for copies of adapters' versions, so that a name can go back to one; 0 keeps none."
        }
    }

    /// The variable that says it for one shell.
    public var variable: String { "LORADECK_" + rawValue.uppercased().replacing("-", with: "_") }

    /// The flag that says it for one start.
    public var flag: String { "--" + rawValue }

    /// What is wrong with a value; nil when it fits. `name` is what whoever gave it calls the setting.
    public func complaint(about value: Value, called name: String) -> String? {
        switch (kind, value) {
        case (.words(let words), .text(let text)) where words.contains(text): nil
        case (.words(let words), _): "\(name) must be one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))"
        case (.text(let limit), .text(let text)) where text.count <= limit: nil
        case (.text(let limit), _): "\(name) must be a text of at most \(limit) characters"
        case (.number(let range), .number(let number)) where range.contains(number): nil
        case (.number(let range), _): "\(name) must be a number, \(range.lowerBound) to \(range.upperBound)"
        case (.size, _) where Self.bytes(value) != nil: nil
        case (.size, _): "\(name) must be a size such as \"512M\" or \"2G\", or 0"
        case (.truth, .truth): nil
        case (.truth, _): "\(name) must be true or false"
        }
    }

    /// A variable's text as a value of the setting's kind; what it cannot be stays a text, and is complained about.
    func value(of text: String) -> Value {
        switch kind {
        case .number: Int(text).map { .number($0) } ?? .text(text)
        case .truth:
            switch text.lowercased() {
            case "true", "on", "yes", "1": .truth(true)
            case "false", "off", "no", "0": .truth(false)
            default: .text(text)
            }
        case .words, .text, .size: .text(text)
        }
    }

    /// The bytes that a value of a size means; nil for what is none.
    static func bytes(_ value: Value) -> Int? {
        switch value {
        case .number(let number): number >= 0 ? number : nil
        case .text("0"): 0
        case .text(let text): Format.byteCount(text)
        default: nil
        }
    }

    /// The words that it can be, where it is one of several.
    public var words: [String]? { if case .words(let words) = kind { words } else { nil } }
}

extension SettingsDocument.Value {
    /// As the settings file has it.
    public var toml: String {
        switch self {
        case .text(let text):
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        case .number(let number): "\(number)"
        case .truth(let truth): "\(truth)"
        case .other(let kind): kind
        }
    }
}
