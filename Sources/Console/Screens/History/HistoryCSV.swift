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
                func known(_ figure: DeckFigure, _ value: String?) -> String {
                    snapshot.unknown[figure] == nil ? value ?? "" : ""
                }
                func number(_ value: Double?) -> String? { value.map { "\($0)" } }
                return [
                    format.moment(moment.time), "\(moment.time.timeIntervalSince1970)",
                    known(.rates, "\(snapshot.tokensPerSecond)"), known(.rates, "\(snapshot.promptTokensPerSecond)"),
                    "\(snapshot.running)", "\(snapshot.waiting)", known(.pages, "\(snapshot.pool.headroomBytes)"),
                    known(.residency, "\(snapshot.adapters.count { $0.state == .resident })"),
                    known(.pins, "\(snapshot.adapters.count(where: \.isPinned))"),
                    known(.latency, number(snapshot.totals.timeToFirstToken?.p95)),
                    known(.latency, number(snapshot.totals.interTokenLatency?.p95)),
                    known(.steps, snapshot.step.map { "\($0.index)" }),
                    known(.steps, snapshot.step.map { "\($0.rows)" }),
                ]
            })
    }
}
