import DeckCore
import Foundation

/// What one look at an engine found. Nil is what the engine does not say.
struct EngineReading: Sendable {
    /// An adapter that the engine serves.
    struct Adapter: Hashable, Sendable {
        let name: String
        /// Where the engine read it from, by its own word.
        let path: String?
        /// Whether requests for it run or wait.
        var isActive: Bool?
        /// Running requests for it.
        var running: Int?
    }

    /// A request that the engine shows.
    struct Request: Hashable, Sendable {
        /// What the engine calls it.
        let number: Int
        /// The place that it runs in; answers to our own prompts name it too.
        let slot: Int
        let adapter: String?
        let phase: RequestPhase
        let promptTokens: Int
        let cachedTokens: Int
        let generatedTokens: Int
    }

    var baseName: String
    var contextLength: Int?
    var version: String?
    /// The engine's sizes in a few words each.
    var facts: [String] = []
    var adapters: [Adapter] = []
    var running: Int?
    var waiting: Int?
    var waits: [WaitSummary] = []
    /// In 0...1.
    var kvUsage: Double?
    var counts = CounterReading()
    var requests: [Request] = []
    var started: Date?
    /// Figures that this engine cannot tell, each with the reason.
    var unknown: [DeckFigure: String] = [:]
    /// Actions that it cannot do, each with the reason.
    var disabled: [DeckAction: String] = [:]
    /// What an operator should know, each in one sentence.
    var warnings: [String] = []

    init(baseName: String) { self.baseName = baseName }
}

/// Why an engine could not be read or did not do what it was told.
struct EngineTrouble: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
