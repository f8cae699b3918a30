import DeckCore
import TerminalKit

/// The prompt screen: who is asked, what is asked, and the answers.
public struct PromptDesk: Hashable, Sendable {
    /// Where keys go.
    public enum Focus: Hashable, Sendable, CaseIterable {
        case field, targets, samples, answers
    }

    public var focus = Focus.field
    public var field = TextField()
    /// The chosen targets; empty means that nothing can be sent.
    public var targets: Set<Target> = []
    /// Row under the cursor of the target list, by identity.
    public var cursor = Target.base
    public var targetWindow = ScrollWindow()
    public private(set) var filter = Filter()
    /// Row under the cursor of the saved prompts.
    public var sample = 0
    public var sampleWindow = ScrollWindow()
    public var session: PromptSession?
    /// Sessions so far; the next one gets this number plus one.
    public var sessions = 0
    /// First visible answer, where not all fit side by side.
    public var firstColumn = 0
    /// Rows that the answers are scrolled up from their end.
    public var scrollBack = 0
    public var maxTokens: Int
    public var temperature: Float = 0
    /// Of all answers alike; nil draws a fresh one for each.
    public var seed: UInt64?
    /// Prompts sent before, newest last.
    public var history = History()
    /// All saved prompts, each adapter's in its order.
    public internal(set) var saved: [DemoPrompt]

    /// Adapters that one prompt goes to at most, besides the base.
    static let mostAdapters = 8

    public init(maxTokens: Int, saved: [DemoPrompt] = []) {
        self.maxTokens = maxTokens
        // Names are the shown ones everywhere; texts are cleaned where they are drawn.
        self.saved = saved.map { prompt in
            DemoPrompt(adapter: prompt.adapter.map { Sanitiser.line($0, limit: 200) }, text: prompt.text)
        }
    }

    /// Such as `greedy`, or `temperature 0.8, seed 7`.
    var samplingWords: String {
        (temperature == 0 ? "greedy" : "temperature \(Format.plain(temperature))") + (seed.map { ", seed \($0)" } ?? "")
    }

    /// Targets in list order that the filter lets through.
    public func rows(in snapshot: DeckSnapshot?) -> [Target] {
        let all = [Target.base] + (snapshot?.adapters ?? []).map { Target.adapter($0.name) }
        return all.filter { filter.accepts([$0.label]) }
    }

    public mutating func setFilter(_ text: String) { filter = Filter(text) }

    /// The chosen targets in list order, without those that are gone.
    public func chosen(in snapshot: DeckSnapshot?) -> [Target] {
        let all = [Target.base] + (snapshot?.adapters ?? []).map { Target.adapter($0.name) }
        return all.filter { targets.contains($0) }
    }
}
