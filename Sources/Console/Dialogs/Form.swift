import TerminalKit

/// A few lines to fill in: the options of a prompt, a saved prompt, or a what-if question.
public struct Form: Hashable, Sendable {
    public enum Purpose: Hashable, Sendable {
        /// Most tokens, temperature and seed of the next answers.
        case options
        /// A saved prompt, in the place of `before`; nil for a new one.
        case savedPrompt(before: DemoPrompt?)
        /// The question of the what-if plan.
        case plan
    }

    /// One line, with what may be written into it.
    public struct Field: Hashable, Sendable {
        public let label: String
        public let note: String
        public var text: TextField

        init(_ label: String, _ text: String, note: String, limit: Int = 16_384) {
            self.label = label
            self.note = note
            self.text = TextField(text, limit: limit)
        }
    }

    public let purpose: Purpose
    public let title: String
    public var fields: [Field]
    public var focused: Int
    /// Why it could not be kept as it is.
    public var problem: String?

    init(_ purpose: Purpose, title: String, fields: [Field], focused: Int = 0) {
        self.purpose = purpose
        self.title = title
        self.fields = fields
        self.focused = max(0, min(focused, fields.count - 1))
    }

    mutating func turn(_ direction: Int) { focused = (focused + direction + fields.count) % max(1, fields.count) }

    /// Takes an editing key into the focused line; false when it is none. Line breaks of a paste stay text.
    mutating func edit(_ key: Key) -> Bool {
        guard fields.indices.contains(focused) else { return false }
        problem = nil
        switch key {
        case .character(let character): return fields[focused].text.handle(.paste(Sanitiser.line(String(character))))
        case .paste(let text): return fields[focused].text.handle(.paste(Sanitiser.text(text, limit: 16_384)))
        default: return fields[focused].text.handle(key)
        }
    }
}
