import DeckCore
import Foundation
import TerminalKit

/// The rows of an adapter list with everything that is known of them; what is not known stays empty.
struct AdapterCSV {
    private static let header = [
        "adapter", "digest", "tenant", "state", "pinned", "rank_min", "rank_max", "pages", "bytes", "overhead_bytes",
        "kv_pages", "running", "waiting", "tokens_per_second", "ttft_p50_seconds", "ttft_p95_seconds",
        "itl_p50_seconds", "itl_p95_seconds", "hits", "loads", "evictions", "requests_finished", "tokens_generated",
        "last_used",
    ]

    let text: CSVText

    init(_ state: ConsoleState, _ targets: [Target]) {
        let rows = targets.compactMap { target in state.adapter(target).map { Self.row(target, $0, state) } }
        text = CSVText(header: Self.header, rows: rows)
    }

    private static func row(_ target: Target, _ adapter: AdapterSnapshot, _ state: ConsoleState) -> [String] {
        let isBase = target == .base
        func known(_ figure: DeckFigure, _ value: String?) -> String {
            state.snapshot?.unknown[figure] == nil ? value ?? "" : ""
        }
        func number(_ value: Double?) -> String? { value.map { "\($0)" } }
        func own(_ figure: DeckFigure, _ value: Int) -> String { isBase ? "" : known(figure, "\(value)") }
        let pageBytes = state.snapshot?.pool.pageBytes ?? 0
        return [
            target.label, adapter.digest?.hex ?? "", adapter.tenant ?? "",
            isBase ? "base" : known(.residency, adapter.state.word), isBase ? "" : known(.pins, "\(adapter.isPinned)"),
            adapter.facts.map { "\($0.ranks.lowerBound)" } ?? "", adapter.facts.map { "\($0.ranks.upperBound)" } ?? "",
            own(.pages, adapter.pages), own(.pages, adapter.pages * pageBytes), own(.pages, adapter.overheadBytes),
            known(.pages, "\(adapter.kvPages)"), known(.adapterRequests, "\(adapter.running)"),
            known(.adapterRequests, "\(adapter.waiting)"), known(.adapterRates, "\(adapter.tokensPerSecond)"),
            known(.adapterLatency, number(adapter.timeToFirstToken?.p50)),
            known(.adapterLatency, number(adapter.timeToFirstToken?.p95)),
            known(.adapterLatency, number(adapter.interTokenLatency?.p50)),
            known(.adapterLatency, number(adapter.interTokenLatency?.p95)), own(.adapterCounts, adapter.hits),
            own(.adapterCounts, adapter.loads), own(.adapterCounts, adapter.evictions),
            known(.adapterCounts, "\(adapter.requestsFinished)"), known(.adapterCounts, "\(adapter.tokensGenerated)"),
            adapter.lastUsed.map(Format(state).moment) ?? "",
        ]
    }
}
