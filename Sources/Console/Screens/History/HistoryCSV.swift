import DeckCore
import Foundation

/// The recorded moments, oldest first; what was not known then stays empty.
struct HistoryCSV {
    private static let header = [
        "time", "unix_seconds", "tokens_per_second", "prompt_tokens_per_second", "running", "waiting",
        "headroom_bytes", "resident", "pinned", "ttft_p95_seconds", "itl_p95_seconds", "step", "step_rows",
    ]

    let text: CSVText

    init(_ recording: Recording, _ format: Format) {
        text = CSVText(
            header: Self.header,
            rows: recording.moments.map { moment in
                let snapshot = moment.safe.snapshot
                return [
                    format.moment(moment.time), "\(moment.time.timeIntervalSince1970)",
                    snapshot.field(.rates, snapshot.tokensPerSecond),
                    snapshot.field(.rates, snapshot.promptTokensPerSecond), "\(snapshot.running)",
                    "\(snapshot.waiting)", snapshot.field(.pages, snapshot.pool.headroomBytes),
                    snapshot.field(.residency, snapshot.adapters.count { $0.state == .resident }),
                    snapshot.field(.pins, snapshot.adapters.count(where: \.isPinned)),
                    snapshot.field(.latency, snapshot.totals.timeToFirstToken?.p95),
                    snapshot.field(.latency, snapshot.totals.interTokenLatency?.p95),
                    snapshot.field(.steps, snapshot.step?.index), snapshot.field(.steps, snapshot.step?.rows),
                ]
            })
    }
}
