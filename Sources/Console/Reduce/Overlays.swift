import DeckCore
import TerminalKit

extension ConsoleState {
    /// Keys while a confirmation is open. Every key that it does not name is swallowed.
    mutating func answer(_ confirmation: Confirmation, _ key: Key) -> [ConsoleEffect] {
        var next = confirmation
        switch key {
        case .character("y"), .character("Y"):
            overlay = nil
            return confirm(confirmation)
        case .enter:
            overlay = nil
            if confirmation.focused == .confirm { return confirm(confirmation) }
            say("cancelled: nothing was done")
            return []
        case .escape, .character("n"), .character("N"), .character("q"):
            overlay = nil
            say("cancelled: nothing was done")
            return []
        case .left, .right, .tab, .backTab:
            next.focused = confirmation.focused == .cancel ? .confirm : .cancel
        case .character("a") where confirmation.hasModes:
            next.mode = confirmation.mode == .drain ? .abort : .drain
        default: return []
        }
        overlay = .confirmation(next)
        return []
    }

    private mutating func confirm(_ confirmation: Confirmation) -> [ConsoleEffect] {
        switch confirmation.command {
        case .evict(let adapter, let digest, let mode):
            perform(.evict(adapter: original(adapter), digest: digest, mode: mode))
        case let other: perform(other)
        }
    }

    mutating func scrollHelp(_ top: Int, _ key: Key) -> [ConsoleEffect] {
        let page = Regions(self).helpRows
        let last = max(0, HelpText(self, width: size.width).lines.count - page)
        let next: Int
        switch key {
        case .up, .character("k"): next = top - 1
        case .down, .character("j"): next = top + 1
        case .pageUp: next = top - page
        case .pageDown, .character(" "): next = top + page
        case .home, .character("g"): next = 0
        case .end, .character("G"): next = last
        case .escape, .enter, .character("q"), .character("?"), .function(1):
            overlay = nil
            return []
        case .character("Q"): return [.quit]
        default: return []
        }
        overlay = .help(top: max(0, min(last, next)))
        return []
    }
}
