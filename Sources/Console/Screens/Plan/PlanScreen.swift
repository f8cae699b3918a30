import DeckCore
import TerminalKit

/// What the what-if plan remembers.
public struct PlanDesk: Hashable, Sendable {}

/// The what-if plan: what fits now, and what would. Its desk is `ConsoleState.plan`.
struct PlanScreen: LinesScreen {
    func page(_ state: ConsoleState, width: Int) -> LinesPage {
        let title = LinesPage.heading("what-if plan")
        guard let snapshot = state.snapshot else { return LinesPage(title: title, lines: []) }
        if let reason = snapshot.unknown[.pages] {
            return LinesPage(title: title, lines: [StyledLine("unknown: \(reason)", Style(.warning))])
        }
        let pool = snapshot.pool
        return LinesPage(
            title: title,
            lines: LinesPage.fact(
                "headroom", "\(pool.freePages) free and \(pool.evictablePages) evictable pages of \(pool.pageCount)",
                width: width, glyphs: state.glyphs)
                + LinesPage.fact(
                    "KV tokens", "\((pool.freePages + pool.evictablePages) * pool.tokensPerPage) would fit",
                    width: width, glyphs: state.glyphs))
    }
}
