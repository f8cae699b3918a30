import DeckCore

/// A capacity plan as JSON and as text.
struct PlanReport: Encodable {
    let model: String
    let geometry: BaseGeometry
    let plan: CapacityPlan
    let adapters: AdapterPlacements?

    /// Whether at least one of everything that was asked about fits.
    var fits: Bool {
        (plan.adapters?.withEviction ?? 0) > 0 && plan.sequences.withEviction > 0 && (adapters?.fit ?? true)
    }

    func show() {
        let pool = plan.pool
        Output.line("\(model)")
        Output.line(
            "pool    \(pool.pageCount.counted("page")) of \(ByteCount(pool.pageBytes)) (\(pool.tokensPerPage.counted("KV token")) each), "
                + "\(ByteCount(pool.totalBytes))")
        showCosts()
        showFits()
        Output.line()
        Output.line("OTHER BUDGETS, nothing else in the pool")
        Output.line(table(plan.budgets).text)
        Output.line()
        Output.line("OTHER PAGE SIZES, nothing else in the pool")
        Output.line(table(plan.pageSizes).text)
        if let adapters { show(adapters) }
    }

    private func showCosts() {
        let targets = geometry.modules.map(\.kind).filter { plan.question.targets.contains($0) }
        let what = "rank \(plan.question.rank) on \(targets.joined(separator: ","))"
        if let cost = plan.adapter {
            Output.line("adapter \(what): \(words(cost))")
        } else {
            Output.line("adapter \(what): \(plan.adapterProblem ?? "unknown")")
        }
        Output.line("sequence of \(plan.question.tokens.counted("token")): \(words(plan.sequence))")
    }

    private func words(_ cost: CapacityPlan.Cost) -> String {
        "\(cost.pages.counted("page")), \(ByteCount(cost.pagedBytes)); \(ByteCount(cost.naiveBytes)) by bytes alone, "
            + "\(Fixed.text(cost.overheadShare * 100, digits: 1))% overhead"
    }

    private func showFits() {
        Output.line()
        var table = TextTable([("what", .left), ("fits", .right), ("by bytes alone", .right)])
        for (name, fit) in [
            ("adapters", plan.adapters), ("sequences", plan.sequences), ("adapters with one sequence each", plan.pairs),
        ] {
            table.add([name, fit.map { "\($0.withEviction)" } ?? "-", fit.map { "\($0.naive)" } ?? "-"])
        }
        Output.line(table.text)
    }

    private func table(_ rows: [CapacityPlan.Alternative]) -> TextTable {
        var table = TextTable([
            ("", .left), ("budget", .right), ("page", .right), ("kv tokens", .right), ("pages", .right),
            ("pages an adapter", .right), ("overhead", .right), ("adapters", .right), ("sequences", .right),
            ("pairs", .right),
        ])
        for row in rows {
            table.add([
                row.isCurrent ? "*" : "", "\(ByteCount(row.memoryBytes))", "\(ByteCount(row.pageBytes))",
                "\(row.tokensPerPage)", "\(row.pageCount)", row.adapterPages.map { "\($0)" } ?? "too wide",
                row.adapterOverhead.map { Fixed.text($0 * 100, digits: 1) + "%" } ?? "-",
                row.adapters.map { "\($0)" } ?? "-", "\(row.sequences)", row.pairs.map { "\($0)" } ?? "-",
            ])
        }
        return table
    }

    private func show(_ adapters: AdapterPlacements) {
        Output.line()
        var table = TextTable([
            ("adapter", .left), ("rank", .right), ("pages", .right), ("in pages", .right), ("as files", .right),
            ("overhead", .right), ("", .left),
        ])
        for row in adapters.rows {
            table.add([
                row.name, row.rank ?? "-", row.pages.map { "\($0)" } ?? "-",
                row.pagedBytes.map { "\(ByteCount($0))" } ?? "-", row.fileBytes.map { "\(ByteCount($0))" } ?? "-",
                row.overheadBytes.map { "\(ByteCount($0))" } ?? "-", row.refused.map { "refused: \($0)" } ?? "",
            ])
        }
        Output.line(table.text)
        let rest = plan.pool.pageCount - adapters.pages
        Output.line(
            "together \(adapters.pages) of \(plan.pool.pageCount.counted("page"))"
                + (rest >= 0 ? ", \(rest) left for KV cache" : ", \(-rest) too many: they make room for each other"))
    }
}
