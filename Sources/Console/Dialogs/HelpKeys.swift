import DeckCore
import TerminalKit

extension ConsoleState {
    /// Keys while the help is open.
    mutating func read(_ desk: HelpDesk, _ key: Key) -> [ConsoleEffect] {
        var next = desk
        if desk.isSearching {
            switch key {
            case .escape:
                next.search.replace(with: "")
                next.isSearching = false
            case .enter: next.isSearching = false
            case .up, .down, .pageUp, .pageDown: scroll(&next, key)
            default: guard next.search.handle(Self.safeLine(key)) else { return [] }
            }
            if next.search != desk.search { next.top = 0 }
            overlay = .help(next)
            return []
        }
        switch key {
        case .character("/"): next.isSearching = true
        case .escape where !desk.search.isEmpty:
            next.search.replace(with: "")
            next.top = 0
        case .escape, .enter, .character("q"), .character("?"), .function(1):
            overlay = nil
            return []
        case .character("Q"): return [.quit]
        default: scroll(&next, key)
        }
        overlay = .help(next)
        return []
    }

    private func scroll(_ desk: inout HelpDesk, _ key: Key) {
        let page = HelpView(self, desk).rows(in: Regions(self).content)
        let last = max(0, HelpText(self, search: desk.search.text).lines.count - page)
        let next: Int
        switch key {
        case .up, .character("k"): next = desk.top - 1
        case .down, .character("j"): next = desk.top + 1
        case .pageUp: next = desk.top - page
        case .pageDown, .character(" "): next = desk.top + page
        case .home, .character("g"): next = 0
        case .end, .character("G"): next = last
        default: return
        }
        desk.top = max(0, min(last, next))
    }
}
