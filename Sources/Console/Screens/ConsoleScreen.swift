import DeckCore
import TerminalKit

/// One view of the console: its panels, its keys and its drawing. A screen has no state of its own; what it remembers is
/// its desk in `ConsoleState`, so that a frame stays a function of the state. `area` is always `Regions.content`.
///
/// Everything has a default, so that a screen says only what is particular about it.
protocol ConsoleScreen: Sendable {
    /// The rectangles that it fills: they cover `area` and do not overlap.
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect]
    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid)

    /// Restores what must hold after every event, such as a cursor that is on an existing row and in sight.
    func settle(_ state: inout ConsoleState, in area: Rect)
    /// The view was opened, or came to the front again.
    func enter(_ state: inout ConsoleState)
    /// Moves the cursor, or scrolls; `rows` may be far beyond either end.
    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect)
    /// Rows that PgUp and PgDn go.
    func pageLength(_ state: ConsoleState, in area: Rect) -> Int
    /// The left mouse button went down inside `area`.
    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect)
    /// The mouse moved with its left button down inside `area`.
    func drag(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect)

    /// Carries out an action; nil leaves it to what it means everywhere.
    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]?
    /// Why an action is not possible here and now; nil leaves it to the reasons that hold everywhere.
    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String?
    /// A key before the keymap sees it, for text that is being typed; nil passes it on.
    func type(_ key: Key, _ state: inout ConsoleState) -> [ConsoleEffect]?
    /// Whether letters are text now, so that hints name other keys only.
    func isTyping(_ state: ConsoleState) -> Bool

    /// What actions on adapters act on.
    func target(_ state: ConsoleState) -> Target?
    /// The request that actions act on.
    func request(_ state: ConsoleState) -> RequestID?
    /// What can be copied here, the most likely first; its texts are safe.
    func copies(_ state: ConsoleState) -> [Menu.Item]
    /// The visible table with all its columns; nil where there is none.
    func csv(_ state: ConsoleState) -> CSVText?
    /// The filter's text; nil where there is none to set.
    func filter(_ state: ConsoleState) -> String?
    func setFilter(_ text: String, _ state: inout ConsoleState)
}

extension ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] { [area] }
    func settle(_ state: inout ConsoleState, in area: Rect) {}
    func enter(_ state: inout ConsoleState) {}
    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {}
    func pageLength(_ state: ConsoleState, in area: Rect) -> Int { max(1, area.height - 4) }
    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {}
    func drag(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {}
    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? { nil }
    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? { nil }
    func type(_ key: Key, _ state: inout ConsoleState) -> [ConsoleEffect]? { nil }
    func isTyping(_ state: ConsoleState) -> Bool { false }
    func target(_ state: ConsoleState) -> Target? { nil }
    func request(_ state: ConsoleState) -> RequestID? { nil }
    func copies(_ state: ConsoleState) -> [Menu.Item] { state.copies(of: target(state)) }
    func csv(_ state: ConsoleState) -> CSVText? { nil }
    func filter(_ state: ConsoleState) -> String? { nil }
    func setFilter(_ text: String, _ state: inout ConsoleState) {}
}
