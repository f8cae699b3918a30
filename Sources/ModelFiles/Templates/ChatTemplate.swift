import DeckCore
import Foundation

/// Turns a conversation into the prompt that a model was trained on.
///
/// The styles are built in; a model's own Jinja template chooses one and fills in its details (default system prompt,
/// spacing), and is never run. Prompts end with what the model's answer follows.
public struct ChatTemplate: Hashable, Sendable {
    /// The families of templates that are built in.
    public enum Style: String, Hashable, Sendable, CaseIterable {
        case chatml, llama2, llama3, mistral, zephyr, qwen
    }

    public let style: Style
    /// Put first when a conversation brings no system message; nil where the template has none.
    public internal(set) var defaultSystem: String?
    /// The day that Llama 3.1's system message states, such as "26 Jul 2024"; nil uses the template's own rule.
    public var today: String?
    var details = Details()

    /// What differs between templates of one style.
    struct Details: Hashable, Sendable {
        /// The text of the begin token where the template writes one, else empty.
        var begin = ""
        /// The text of the end token where the template writes one.
        var end = "</s>"
        /// Mistral: what stands around a user's text and around an answer.
        var userPrefix = "[INST] "
        var userSuffix = " [/INST]"
        var answerPrefix = ""
        var answerSuffix = ""
        /// Whether messages lose white space at their ends: all of Llama 3's, Mistral's answers.
        var trimsTurns = false
        /// Mistral: whether the system message joins the last user message instead of the first; nil refuses one.
        var systemJoinsLast: Bool? = false
        /// Llama 3.1 and later: whether a system message with dates is always there, and its day (nil: today's).
        var statesDates = false
        var statedDay: String?
        /// Qwen 3: reasoning of earlier turns is left out.
        var dropsReasoning = false
        /// Qwen 3's thinking models: the answer starts inside its reasoning.
        var opensReasoning = false
    }

    init(style: Style, defaultSystem: String? = nil, details: Details = Details()) {
        self.style = style
        self.defaultSystem = defaultSystem
        self.details = details
    }

    /// A style by its name on the command line, with the spacing and default system prompt of its best-known template.
    public init(named name: String) throws(ChatTemplateError) {
        guard let style = Style(rawValue: name.lowercased()) else {
            throw ChatTemplateError("no chat template is called \"\(name)\"; there are \(Self.names)")
        }
        self.init(style: style)
        switch style {
        case .chatml, .zephyr: break
        case .qwen: defaultSystem = "You are a helpful assistant."
        case .llama2, .mistral: details.begin = "<s>"
        case .llama3:
            details.begin = "<|begin_of_text|>"
            details.trimsTurns = true
        }
    }

    /// The names that `init(named:)` takes, for messages.
    public static var names: String { Style.allCases.map(\.rawValue).joined(separator: ", ") }

    /// The prompt as text. Use `encode` for token ids: in this text, markup that a user typed looks like the template's.
    public func render(_ messages: [ChatMessage]) throws(ChatTemplateError) -> String {
        try parts(messages).reduce(into: "") { text, part in
            switch part {
            case .markup(let piece), .content(let piece): text += piece
            }
        }
    }

    /// The prompt's token ids. Special tokens that users spell out stay plain text.
    public func encode(
        _ messages: [ChatMessage], with tokenizer: any Tokenizer
    ) throws(ChatTemplateError) -> [Int] {
        tokenizer.encode(try parts(messages))
    }

    /// The prompt in parts, by who wrote them.
    public func parts(_ messages: [ChatMessage]) throws(ChatTemplateError) -> [PromptPart] {
        guard !messages.isEmpty else { throw ChatTemplateError("a conversation needs at least one message") }
        return switch style {
        case .chatml, .qwen: chatML(messages)
        case .zephyr: zephyr(messages)
        case .llama3: llama3(messages)
        case .llama2: try llama2(messages)
        case .mistral: try mistral(messages)
        }
    }
}
