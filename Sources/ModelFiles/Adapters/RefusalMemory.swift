import Synchronization

/// Why adapters were refused, as long as their files stay as they were judged.
///
/// Whoever asks for a refused adapter again is answered from here: unchanged files are not read twice, and changed ones are
/// judged at once.
final class RefusalMemory: Sendable {
    private struct Refusal {
        let reason: String
        let trace: AdapterTrace
        /// Whether the trace was old enough to tell every later write.
        let isSettled: Bool
    }

    private let refusals: Mutex<RecentValues<String, Refusal>>

    /// Keeps at most `limit` refusals.
    init(limit: Int) { refusals = Mutex(RecentValues(limit: limit)) }

    /// The reason why what stands at `path` was refused, if it is as it was then. What was judged so shortly after a write
    /// that a second one might not show is judged anew when it would. `now` is in nanoseconds since 1970.
    func reason(at path: String, _ trace: AdapterTrace, now: Int64) -> String? {
        refusals.withLock { refusals in
            guard let refusal = refusals[path], refusal.trace == trace,
                refusal.isSettled || !trace.isSettled(at: now)
            else { return nil }
            return refusal.reason
        }
    }

    /// `trace` is from before the files were read.
    func keep(_ reason: String, at path: String, _ trace: AdapterTrace, now: Int64) {
        let refusal = Refusal(reason: reason, trace: trace, isSettled: trace.isSettled(at: now))
        refusals.withLock { $0[path] = refusal }
    }
}
