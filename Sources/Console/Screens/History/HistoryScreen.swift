import DeckCore
import Foundation
import TerminalKit

/// What the history screen remembers: the latest moments.
public struct HistoryDesk: Hashable, Sendable {
    /// One moment in figures.
    public struct Moment: Hashable, Sendable {
        public let index: Int
        public let time: Date
        public let tokensPerSecond: Double
        public let running: Int
        public let waiting: Int
    }

    static let capacity = 600
    /// Oldest first.
    public private(set) var moments: [Moment] = []
    public internal(set) var cursor = RowCursor<Int>()

    mutating func take(_ snapshot: DeckSnapshot) {
        let moment = Moment(
            index: snapshot.index, time: snapshot.time, tokensPerSecond: snapshot.tokensPerSecond,
            running: snapshot.running, waiting: snapshot.waiting)
        moments = (moments + [moment]).suffix(Self.capacity)
    }
}

/// Screen 9: the deck's past. Its desk is `ConsoleState.history`.
struct HistoryScreen: ConsoleScreen {
    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        HistoryView(state).draw(in: area, on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.history.cursor.settle(state.history.moments.map(\.index), height: area.inset(1, 1).height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        state.history.cursor.move(by: rows, in: state.history.moments.map(\.index))
    }
}
