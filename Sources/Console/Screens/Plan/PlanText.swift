import DeckCore
import TerminalKit

/// A capacity plan in words and tables.
struct PlanText {
    let state: ConsoleState
    let snapshot: DeckSnapshot
    let pool: PlanPool?
    let width: Int

    var page: LinesPage {
        var title = LinesPage.heading("plan")
        if state.plan.memoryBytes != nil || state.plan.tokensPerPage != nil {
            title.add(" of another pool", Style(.info))
        }
        guard let pool else {
            let reason = snapshot.unknown[.pages] ?? "the pool has no pages"
            return LinesPage(
                title: title,
                lines: WrappedText("pages unknown: \(reason)", width: width).lines.map { StyledLine($0, Style(.muted)) }
            )
        }
        let geometry = snapshot.deck.geometry
        let plan = CapacityPlan(state.plan.question(geometry), pool: pool, geometry: geometry)
        return LinesPage(
            title: title, lines: costs(plan) + fits(plan) + room(plan) + budgets(plan) + pageSizes(plan))
    }

    private func fact(_ name: String, _ value: String, _ style: Style = Style()) -> [StyledLine] {
        LinesPage.fact(name, value, width: width, style, glyphs: state.glyphs)
    }

    private func wrapped(_ text: String, _ style: Style) -> [StyledLine] {
        WrappedText(text, width: width).lines.map { StyledLine($0, style) }
    }

    // MARK: sizes

    private func costs(_ plan: CapacityPlan) -> [StyledLine] {
        var lines = fact(
            "pool",
            "\(plan.pool.pageCount.counted("page")) of \(Format.bytes(plan.pool.pageBytes)), "
                + "\(plan.pool.freePages) free, \(plan.pool.evictablePages) evictable, \(plan.pool.usedPages) in use")
        if let cost = plan.adapter {
            lines += fact("an adapter", words(cost), Style(.text, bold: true))
        } else {
            lines += fact("an adapter", plan.adapterProblem ?? "unknown", Style(.warning))
        }
        lines += fact("a sequence", words(plan.sequence), Style(.text, bold: true))
        if let name = state.plan.like, let adapter = state.adapter(.adapter(name)), let facts = adapter.facts {
            let pages = adapter.pagesNeeded.map { $0.counted("page") } ?? "pages unknown"
            lines += fact("as files", "\(name) is \(Format.bytes(facts.fileBytes)) on disk, and takes \(pages)")
        }
        return lines + [StyledLine()]
    }

    private func words(_ cost: CapacityPlan.Cost) -> String {
        "\(count(cost.pages)) = \(Format.bytes(cost.pagedBytes)); by bytes alone \(Format.bytes(cost.naiveBytes)), "
            + "overhead \(Format.decimal(cost.overheadShare * 100, 1))%"
    }

    private func count(_ pages: Int) -> String { pages.counted("page") }

    // MARK: what fits

    private func fits(_ plan: CapacityPlan) -> [StyledLine] {
        let rows: [(String, CapacityPlan.Fit?)] = [
            ("more adapters", plan.adapters), ("more sequences", plan.sequences), ("adapter + sequence", plan.pairs),
        ]
        return [
            header([("fits", 19, .left), ("now", 7, .right), ("evicting", 9, .right), ("by bytes", 9, .right)])
        ]
            + rows.map { name, fit in
                var line = StyledLine(name.fitted(19, glyphs: state.glyphs))
                func add(_ value: Int?, _ width: Int, _ style: Style) {
                    let text = value.map { "\($0)" } ?? state.glyphs.unknown
                    line.add(" " + text.fitted(width, .right, glyphs: state.glyphs), style)
                }
                add(fit?.free, 7, Style(fit?.free == 0 ? .warning : .ok, bold: true))
                add(fit?.withEviction, 9, Style(fit?.withEviction == 0 ? .error : .text, bold: true))
                add(fit?.naive, 9, Style(.muted))
                if let fit, fit.naive > fit.withEviction {
                    line.add("  \(fit.naive.minus(fit.withEviction)) too many by bytes", Style(.muted))
                }
                return line
            }
    }

    private func header(_ columns: [(String, Int, Alignment)]) -> StyledLine {
        StyledLine(
            columns.map { $0.0.fitted($0.1, $0.2, glyphs: state.glyphs) }.joined(separator: " "),
            Style(.header, bold: true))
    }

    /// Who would leave for one more adapter.
    private func room(_ plan: CapacityPlan) -> [StyledLine] {
        guard let cost = plan.adapter else { return [StyledLine()] }
        var lines = [StyledLine()]
        if plan.pagesShort == 0 {
            return lines
                + wrapped(
                    "one more adapter: \(cost.pages.counted("page")) of \(plan.pool.freePages) free ones, nobody leaves",
                    Style(.muted))
        }
        let short =
            "one more adapter needs \(cost.pages.counted("page")), \(plan.pool.freePages) free, "
            + "\(plan.pool.evictablePages) evictable"
        guard plan.pool.roomPages >= cost.pages else {
            return lines + wrapped("\(short): it does not fit", Style(.warning))
        }
        lines += wrapped("\(short); \(plan.pagesShort) must leave. Longest unused:", Style())
        var sum = 0
        for idle in plan.candidates {
            guard sum < plan.pagesShort else { break }
            sum = sum.plus(idle.pages)
            let age = idle.idleSeconds.map { ", unused for \(Format.span($0))" } ?? ""
            lines.append(StyledLine("  \(idle.name): \(idle.pages.counted("page"))\(age)", Style(.muted)))
        }
        lines += wrapped(
            "The engine chooses by price: what loading again would cost, and how soon it is wanted.", Style(.muted))
        return lines
    }

    // MARK: other pools

    private func budgets(_ plan: CapacityPlan) -> [StyledLine] {
        [StyledLine(), LinesPage.heading("other budgets")]
            + [
                header([
                    ("budget", 10, .right), ("pages", 7, .right), ("adapters", 9, .right), ("beside use", 10, .right),
                    ("sequences", 9, .right), ("pairs", 6, .right),
                ])
            ]
            + plan.budgets.map { row in
                cells(
                    [
                        (Format.bytes(row.memoryBytes), 10), ("\(row.pageCount)", 7), (number(row.adapters), 9),
                        (number(row.adaptersBesideUse), 10), ("\(row.sequences)", 9), (number(row.pairs), 6),
                    ], isCurrent: row.isCurrent)
            }
    }

    private func pageSizes(_ plan: CapacityPlan) -> [StyledLine] {
        guard !plan.pageSizes.isEmpty else { return [] }
        return [StyledLine(), LinesPage.heading("other page sizes, an empty pool")]
            + [
                header([
                    ("page", 10, .right), ("tokens", 7, .right), ("an adapter", 10, .right), ("overhead", 8, .right),
                    ("adapters", 9, .right), ("sequences", 9, .right), ("pairs", 6, .right),
                ])
            ]
            + plan.pageSizes.map { row in
                cells(
                    [
                        (Format.bytes(row.pageBytes), 10), ("\(row.tokensPerPage)", 7),
                        (row.adapterPages.map(count) ?? "too wide", 10),
                        (row.adapterOverhead.map { Format.decimal($0 * 100, 1) + "%" } ?? state.glyphs.unknown, 8),
                        (number(row.adapters), 9), ("\(row.sequences)", 9), (number(row.pairs), 6),
                    ], isCurrent: row.isCurrent)
            }
    }

    private func number(_ value: Int?) -> String { value.map { "\($0)" } ?? state.glyphs.unknown }

    private func cells(_ cells: [(String, Int)], isCurrent: Bool) -> StyledLine {
        var line = StyledLine(
            cells.map { $0.0.fitted($0.1, .right, glyphs: state.glyphs) }.joined(separator: " "),
            Style(.text, bold: isCurrent))
        if isCurrent { line.add("  as it is", Style(.accent)) }
        return line
    }
}
