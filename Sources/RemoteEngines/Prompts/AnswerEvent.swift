import DeckCore
import DeckWire
import ModelFiles

/// What one event of an answer's stream says, in whichever dialect.
struct AnswerEvent: Hashable, Sendable {
    var text = ""
    /// Ids of the tokens that it brings; nil where the server does not say.
    var tokens: [Int]?
    /// Whether it brings generated tokens at all.
    var hasTokens = false
    /// The prompt's tokens, in the event that names them.
    var promptTokens: [Int]?
    var finish: FinishReason?
    var error: String?
    /// llama.cpp: the slot that the request runs in.
    var slot: Int?

    /// Nil for the end's mark and for what is no JSON object.
    init?(_ data: String, dialect: PromptCall.Dialect) {
        guard data != "[DONE]", let tree = try? JSONValue.parse(Array(data.utf8), source: "an event"),
            tree.object != nil
        else { return nil }
        let body: Body
        do throws(WireFault) {
            body = try tree.decoded(as: Body.self)
        } catch {
            self.error = "engine sent \(error)"
            return
        }
        if let failure = body.error { error = failure.message ?? "an error without a message" }
        switch dialect {
        case .openAI:
            promptTokens = body.prompt_token_ids
            guard let choice = body.choices?.first else { break }
            promptTokens = promptTokens ?? choice.prompt_token_ids
            text = choice.text ?? choice.delta?.content ?? ""
            tokens = choice.token_ids
            // The first event of a chat names the role and brings nothing; a token's text may be empty while a
            // character is incomplete.
            let isOpening = choice.delta?.role != nil && text.isEmpty
            hasTokens = tokens.map { !$0.isEmpty } ?? (!text.isEmpty || (choice.finish_reason == nil && !isOpening))
            finish = choice.finish_reason.map(Self.reason)
        case .llama:
            text = body.content ?? ""
            slot = body.id_slot
            let isLast = body.stop == true
            tokens = body.tokens
            hasTokens = tokens.map { !$0.isEmpty } ?? (!isLast && body.content != nil)
            if isLast { finish = body.stop_type == "limit" ? .length : .stop }
        }
    }

    private static func reason(_ text: String) -> FinishReason {
        switch text {
        case "length": .length
        case "abort": .aborted
        default: .stop
        }
    }

    private struct Body: Decodable, CheckedOnWire {
        static let wireBounds: [String: WireBounds] = ["prompt_token_ids": .tokens, "id_slot": .signed]

        struct Delta: Decodable {
            let role: String?
            let content: String?
        }

        struct Choice: Decodable, CheckedOnWire {
            static let wireBounds: [String: WireBounds] = ["prompt_token_ids": .tokens]

            let text: String?
            let delta: Delta?
            let finish_reason: String?
            let token_ids: [Int]?
            let prompt_token_ids: [Int]?
        }

        struct Complaint: Decodable {
            let message: String?

            init(from decoder: any Decoder) throws {
                struct Object: Decodable { let message: String? }
                if let text = try? decoder.singleValueContainer().decode(String.self) {
                    message = text
                } else {
                    message = try Object(from: decoder).message
                }
            }
        }

        let choices: [Choice]?
        let prompt_token_ids: [Int]?
        let content: String?
        let tokens: [Int]?
        let stop: Bool?
        let stop_type: String?
        let id_slot: Int?
        let error: Complaint?
    }
}
