import DeckCore
import TerminalKit

/// What the batch screen remembers.
public struct BatchDesk: Sendable {
    /// Where keys go.
    enum Focus: Hashable, Sendable {
        case steps, queue
    }

    var focus = Focus.steps
    /// The step under the cursor; nil follows the newest.
    var step: Int?
    /// The cursor of the waiting queue.
    var queue = RowCursor<RequestID>()
    /// Who waited when lists moved last, in order; nil while they move with every snapshot.
    var held: [RequestID]?
    /// The step whose page was opened last: it outlives its place among the recent ones.
    var opened: StepSnapshot?

    /// The step on screen: the one under the cursor, or the newest.
    func shown(in snapshot: DeckSnapshot) -> StepSnapshot? {
        guard let step else { return snapshot.step }
        return snapshot.recentSteps.first { $0.index == step } ?? snapshot.step
    }
}

extension StepSnapshot {
    /// Rows a second, prefill and decode together.
    var rowsPerSecond: Double? { seconds > 0 ? Double(rows) / seconds : nil }
}
