import DeckCore
import Foundation
import TerminalKit

/// What the history screen remembers.
public struct HistoryDesk: Hashable, Sendable {
    /// Seconds that the timeline shows.
    public internal(set) var span = TimeSpan.fiveMinutes
    public internal(set) var window = ScrollWindow()
}

/// A stretch of time to look at.
public enum TimeSpan: Int, Hashable, Sendable, CaseIterable {
    case minute = 60
    case fiveMinutes = 300
    case quarter = 900
    case hour = 3600

    public var seconds: Double { Double(rawValue) }

    /// As titles name it: `5 min`.
    public var title: String { self == .hour ? "1 h" : "\(rawValue / 60) min" }

    var wider: TimeSpan? { Self.allCases.first { $0.rawValue > rawValue } }
    var narrower: TimeSpan? { Self.allCases.last { $0.rawValue < rawValue } }
}

/// Screen 9: the recorded past. Stepping back puts an earlier moment on every screen. Its desk is `ConsoleState.history`,
/// what is recorded is in `ConsoleState.chronicle`.
struct HistoryScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = HistoryRegions(area)
        return [regions.timeline, regions.events, regions.figures]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        HistoryView(state).draw(HistoryRegions(area), on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        let height = HistoryRegions(area).events.inset(1, 1).height
        let (events, here) = HistoryView(state).events
        state.history.window.reveal(here, count: events.count, height: height)
    }

    /// Up and down go from event to event.
    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        for _ in 0..<min(abs(rows), 10) { state.travelToEvent(rows.signum()) }
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .pageUp: state.travel(seconds: -60)
        case .pageDown: state.travel(seconds: 60)
        case .top: if let first = state.chronicle.recording.moments.first { state.travel(to: first.time) }
        case .bottom: state.returnToNow()
        case .wider: if let span = state.history.span.wider { state.history.span = span }
        case .narrower: if let span = state.history.span.narrower { state.history.span = span }
        default: return nil
        }
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        switch action {
        case .wider: state.history.span.wider == nil ? "nothing longer is kept" : nil
        case .narrower: state.history.span.narrower == nil ? "a minute is the shortest" : nil
        default: nil
        }
    }

    func csv(_ state: ConsoleState) -> CSVText? { HistoryCSV(state.chronicle.recording, Format(state)).text }

    /// A place on the timeline is a moment.
    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        guard let timeline = Timeline(state, in: HistoryRegions(area).timeline), timeline.plot.contains(x: x, y: y)
        else {
            return
        }
        state.travel(to: timeline.time(x))
    }
}

/// Timeline above, events and figures below.
struct HistoryRegions {
    let timeline: Rect
    let events: Rect
    let figures: Rect

    init(_ area: Rect) {
        let (top, rest) = area.splitTop(area.height < 12 ? area.height : max(8, area.height * 2 / 5))
        timeline = top
        let width = area.width < 74 ? 0 : max(36, area.width / 3)
        let (left, right) = rest.splitLeft(rest.width - width)
        (events, figures) = (left, right)
    }
}
