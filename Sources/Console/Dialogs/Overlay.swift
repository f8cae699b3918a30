import TerminalKit

/// What lies over the view and takes all keys.
public enum Overlay: Hashable, Sendable {
    case help(HelpDesk)
    case confirmation(Confirmation)
    case menu(Menu)
    case form(Form)
    case load(LoadDialog)
}

/// What the help remembers while it is open.
public struct HelpDesk: Hashable, Sendable {
    /// Its first visible row.
    public var top = 0
    /// Only lines with this text are shown; empty shows all.
    public var search = TextField("", limit: 100)
    /// Whether the search is being typed.
    public var isSearching = false

    public init() {}
}

extension ConsoleState {
    /// Keys while something lies over the view: it takes them all.
    mutating func handle(_ key: Key, on overlay: Overlay) -> [ConsoleEffect] {
        switch overlay {
        case .confirmation(let confirmation): answer(confirmation, key)
        case .help(let desk): read(desk, key)
        case .menu(let menu): choose(menu, key)
        case .form(let form): fill(form, key)
        case .load(let dialog): fill(dialog, key)
        }
    }
}

/// Draws what lies over the view.
struct OverlayView {
    let state: ConsoleState
    let overlay: Overlay

    init(_ state: ConsoleState, _ overlay: Overlay) {
        self.state = state
        self.overlay = overlay
    }

    func draw(in area: Rect, on grid: inout CellGrid) {
        grid.cursor = nil
        switch overlay {
        case .help(let desk): HelpView(state, desk).draw(in: area, on: &grid)
        case .confirmation(let confirmation): ConfirmationView(state, confirmation).draw(in: area, on: &grid)
        case .menu(let menu): MenuView(state, menu).draw(in: area, on: &grid)
        case .form(let form): FormView(state, form).draw(in: area, on: &grid)
        case .load(let dialog): LoadDialogView(state, dialog).draw(in: area, on: &grid)
        }
    }
}
