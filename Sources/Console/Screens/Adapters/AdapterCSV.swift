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
        let rows = state.snapshot.map { snapshot in
            targets.compactMap { target in
                state.adapter(target).map { Self.row(target, $0, snapshot, Format(state)) }
            }
        }
        text = CSVText(header: Self.header, rows: rows ?? [])
    }

    private static func row(
        _ target: Target, _ adapter: AdapterSnapshot, _ snapshot: DeckSnapshot, _ format: Format
    ) -> [String] {
        let isBase = target == .base
        func own(_ figure: DeckFigure, _ value: Int) -> String { isBase ? "" : snapshot.field(figure, value) }
        let pageBytes = snapshot.pool.pageBytes
        return [
            target.label, adapter.digest?.hex ?? "", adapter.tenant ?? "",
            isBase ? "base" : snapshot.field(.residency, adapter.state.word),
            isBase ? "" : snapshot.field(.pins, adapter.isPinned),
            CSVText.value(adapter.facts?.ranks.lowerBound), CSVText.value(adapter.facts?.ranks.upperBound),
            own(.pages, adapter.pages), own(.pages, adapter.pages.times(pageBytes)), own(.pages, adapter.overheadBytes),
            snapshot.field(.pages, adapter.kvPages), snapshot.field(.adapterRequests, adapter.running),
            snapshot.field(.adapterRequests, adapter.waiting), snapshot.field(.adapterRates, adapter.tokensPerSecond),
            snapshot.field(.adapterLatency, adapter.timeToFirstToken?.p50),
            snapshot.field(.adapterLatency, adapter.timeToFirstToken?.p95),
            snapshot.field(.adapterLatency, adapter.interTokenLatency?.p50),
            snapshot.field(.adapterLatency, adapter.interTokenLatency?.p95), own(.adapterCounts, adapter.hits),
            own(.adapterCounts, adapter.loads), own(.adapterCounts, adapter.evictions),
            snapshot.field(.adapterCounts, adapter.requestsFinished),
            snapshot.field(.adapterCounts, adapter.tokensGenerated),
            CSVText.value(adapter.lastUsed.map(format.moment)),
        ]
    }
}
