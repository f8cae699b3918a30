/// One turn of a conversation.
public struct ChatMessage: Hashable, Sendable, Codable {
    /// `system`, `user` or `assistant`.
    public let role: String
    public let content: String

    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

/// How sampling picks the next token. The defaults are greedy.
public struct SamplingParameters: Hashable, Sendable, Codable {
    /// 0 is greedy.
    public var temperature: Float = 0
    /// Keep the k most likely tokens; 0 keeps all.
    public var topK: Int = 0
    /// Keep the smallest set of tokens with this probability; 1 keeps all.
    public var topP: Float = 1
    /// Drop tokens less likely than this share of the most likely one; 0 drops none.
    public var minP: Float = 0
    /// Divides (positive) or multiplies (negative) logits of tokens seen before, as in CTRL; 1 is off.
    public var repetitionPenalty: Float = 1
    /// Subtracted once from logits of generated tokens, as in the OpenAI API.
    public var presencePenalty: Float = 0
    /// Subtracted per occurrence from logits of generated tokens, as in the OpenAI API.
    public var frequencyPenalty: Float = 0
    /// Added to the logits of single tokens, by id, as in the OpenAI API: -100 forbids one, 100 forces it.
    public var logitBias: [Int: Float] = [:]
    /// Nil draws a fresh seed.
    public var seed: UInt64?

    /// What the repetition penalty may be: beyond, it takes logits out of the range of numbers.
    public static let repetitionPenalties: ClosedRange<Float> = 0.01...100
    /// What the other two penalties may be, for the same reason.
    public static let penalties: ClosedRange<Float> = -100...100

    public init() {}

    /// The seed that a written number means: -1 draws a fresh one, as vLLM and llama.cpp have it.
    public static func seed(_ written: Int) -> UInt64? { written == -1 ? nil : UInt64(bitPattern: Int64(written)) }
}

/// A prompt for one adapter or the base.
public struct PromptRequest: Hashable, Sendable, Codable {
    public enum Content: Hashable, Sendable, Codable {
        /// Goes through the base's chat template, with its default system prompt when none is given.
        case chat([ChatMessage])
        /// Tokenised as it is.
        case raw(String)
        /// Token ids as they are.
        case tokens([Int])
    }

    /// Nil asks the base itself.
    public var adapter: String?
    public var content: Content
    /// At least 1.
    public var maxTokens: Int
    public var sampling: SamplingParameters
    /// Generation ends before the first of these that appears in the text.
    public var stop: [String]
    /// How many of the most likely tokens to report at each generated position; nil reports none.
    public var logprobs: Int?
    /// Whether to report the log-probability of each prompt token given those before it.
    public var promptLogprobs: Bool
    /// How many of the most likely tokens to report at each place of the prompt, with `promptLogprobs`; nil reports none.
    public var promptAlternatives: Int?
    /// Fed instead of sampled tokens, for teacher-forced scoring; generation ends with the last of them.
    public var forcedTokens: [Int]?
    /// Generate on through the end-of-sequence token.
    public var ignoresEnd: Bool
    /// What the answer must be.
    public var format: AnswerFormat
    /// The tenant who asks: what it may run, with whom it shares cached prefixes, its share and its accounting go by this;
    /// shown in screens, and the actor of its events.
    public var origin: String
    /// Parts its cached prefixes from those of requests with another one, inside a tenant too, as vLLM's `cache_salt` does;
    /// nil is a part of its own.
    public var cacheSalt: String?

    public init(
        adapter: String?, content: Content, maxTokens: Int, sampling: SamplingParameters = SamplingParameters(),
        stop: [String] = [], logprobs: Int? = nil, promptLogprobs: Bool = false, promptAlternatives: Int? = nil,
        forcedTokens: [Int]? = nil, ignoresEnd: Bool = false, format: AnswerFormat = .text, origin: String,
        cacheSalt: String? = nil
    ) {
        self.adapter = adapter
        self.content = content
        self.maxTokens = maxTokens
        self.sampling = sampling
        self.stop = stop
        self.logprobs = logprobs
        self.promptLogprobs = promptLogprobs
        self.promptAlternatives = promptAlternatives
        self.forcedTokens = forcedTokens
        self.ignoresEnd = ignoresEnd
        self.format = format
        self.origin = origin
        self.cacheSalt = cacheSalt
    }
}

/// What an answer must be, in the words of the OpenAI API's `response_format`.
public enum AnswerFormat: String, Hashable, Sendable, Codable, CaseIterable {
    case text
    /// One JSON object: a token that would make it anything else is never chosen. `maxTokens` may still cut it short.
    case jsonObject = "json_object"
}

/// Why generation ended, in the OpenAI API's words.
public enum FinishReason: String, Hashable, Sendable, Codable {
    /// An end-of-sequence token or a stop string.
    case stop
    /// `maxTokens`, or the model's context, was reached.
    case length
    case aborted
}

/// A token and its natural-log probability.
public struct TokenLogprob: Hashable, Sendable, Codable {
    public let token: Int
    public let logprob: Float

    public init(token: Int, logprob: Float) {
        self.token = token
        self.logprob = logprob
    }
}

/// What kind of failure ended a request: what a client can do about it. The HTTP status is in brackets.
public enum FailureKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// The request itself can never be served here (400).
    case invalid
    /// Nobody registered the adapter that it names (404).
    case unknownAdapter
    /// The deck has too much to do; the same request may be served later (429).
    case overloaded
    /// The adapter, or the deck, is out of service until somebody acts (503).
    case unavailable
    /// Something broke that is not the client's doing (500).
    case `internal`
}

/// What comes back from a prompt, in order: `started`, `promptAlternatives` where they were asked for, any number of `token`,
/// then `finished` or `failed`.
public enum PromptUpdate: Hashable, Sendable, Codable {
    /// Admitted under this id, with the prompt's token ids; none where the engine does not say.
    case started(RequestID, promptTokens: [Int])
    /// The most likely tokens at some places of the prompt from `first` on, most likely first. Every place but the prompt's
    /// first comes once, in order, as it is computed: the deck keeps none of them.
    case promptAlternatives(first: Int, [[TokenLogprob]])
    /// A generated token; its id is -1 where the engine does not say. `text` may be empty while a character is incomplete;
    /// the pieces join to the whole text.
    /// `top` holds as many alternatives as were asked for, most likely first.
    case token(id: Int, text: String, logprob: Float?, top: [TokenLogprob])
    /// The end. `text` is a last piece that the detokenizer held back.
    case finished(FinishReason, text: String, promptLogprobs: [Float?], timeline: RequestTimeline)
    /// Nothing more comes; the kind is for a program, the reason for a person. `retryAfter` is in how many seconds the same
    /// request has a chance, where the deck can tell. `inFull` is the reason with what it says of other tenants and their
    /// adapters: for an operator only (invariant 15).
    case failed(FailureKind, String, retryAfter: Double? = nil, inFull: String? = nil)

    /// Why it failed, as an operator may know it; nil for any other update.
    public var failure: String? {
        guard case .failed(_, let reason, _, let inFull) = self else { return nil }
        return inFull ?? reason
    }
}
