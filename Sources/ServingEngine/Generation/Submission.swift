import DeckCore
import Foundation

/// A request whose prompt is token ids already, on its way to the step thread.
struct Submission: Sendable {
    let id: RequestID
    let request: PromptRequest
    /// Nil is the base, whatever name the request called it by.
    let adapter: String?
    let tokens: [Int32]
    let submitted: Date
    /// Seconds on the engine's clock.
    let arrival: Double
    /// Of a request whose answer must be JSON.
    let vocabulary: ByteVocabulary?
    let continuation: AsyncStream<PromptUpdate>.Continuation
}
