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
    /// Prompts sent before, newest last.
    public var history = History()

    public init(maxTokens: Int) { self.maxTokens = maxTokens }

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

/// Lines entered before, walked through with the arrow keys.
public struct History: Hashable, Sendable {
    static let capacity = 100
    public private(set) var lines: [String] = []
    /// The entry shown now; nil while the line is a new one.
    private var position: Int?

    public init() {}

    public mutating func add(_ line: String) {
        position = nil
        guard !line.isEmpty, lines.last != line else { return }
        lines = (lines + [line]).suffix(Self.capacity)
    }

    /// The entry before the shown one; nil when there is none.
    public mutating func older() -> String? {
        let next = (position ?? lines.count) - 1
        guard lines.indices.contains(next) else { return nil }
        position = next
        return lines[next]
    }

    /// The entry after the shown one; empty behind the newest, nil when a new line is being typed.
    public mutating func newer() -> String? {
        guard let current = position else { return nil }
        guard lines.indices.contains(current + 1) else {
            position = nil
            return ""
        }
        position = current + 1
        return lines[current + 1]
    }
}
