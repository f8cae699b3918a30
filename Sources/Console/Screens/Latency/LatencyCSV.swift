import DeckCore

/// The rows of the latency table with where the time of a request went; what is not known stays empty.
struct LatencyCSV {
    private static let header =
        [
            "adapter", "objective_seconds", "met_share", "ttft_count", "ttft_p50_seconds", "ttft_p95_seconds",
            "ttft_max_seconds", "itl_count", "itl_p50_seconds", "itl_p95_seconds", "itl_max_seconds", "window_seconds",
            "window_requests",
        ] + Stage.allCases.map { "\($0.title)_mean_seconds" }

    let text: CSVText

    init(_ state: ConsoleState, _ snapshot: DeckSnapshot) {
        let desk = state.latency
        text = CSVText(
            header: Self.header,
            rows: desk.rows.map { row in
                let adapter = row.target.flatMap(state.adapter)
                let isKnown = snapshot.unknown[row == .deck ? .latency : .adapterLatency] == nil
                let first = row == .deck ? snapshot.totals.timeToFirstToken : adapter?.timeToFirstToken
                let inter = row == .deck ? snapshot.totals.interTokenLatency : adapter?.interTokenLatency
                let sums = desk.window[row.target]
                func summary(_ summary: LatencySummary?) -> [String] {
                    guard isKnown, let summary else { return ["", "", "", ""] }
                    return ["\(summary.count)", "\(summary.p50)", "\(summary.p95)", "\(summary.max)"]
                }
                return [row.label, CSVText.value(sums.objective), CSVText.value(sums.metShare)] + summary(first)
                    + summary(inter)
                    + ["\(desk.span.seconds)", "\(sums.requests)"]
                    + Stage.allCases.map { sums.requests > 0 ? "\(sums[$0] / Double(sums.requests))" : "" }
            })
    }
}
