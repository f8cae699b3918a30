import Dispatch
import Synchronization
import Threads

/// The threads on which requests are read: parsed, written by their chat template and turned into tokens. Apart from Swift's
/// pool, which serves everybody, and in turns of tenants (`TurnLine`).
///
/// Short texts have a thread of their own, so that none waits for a long one; long ones yield to the threads of the forward
/// pass.
final class PreparationThreads: Sendable {
    /// Bytes of what counts as short: a few milliseconds of work.
    static let shortBytes = 32 << 10
    /// A tenth of a step thread's share where they compete for a core.
    private static let longNiceness: Int32 = 10
    private static let longThreads = 2

    private let short = PreparationLine()
    private let long = PreparationLine()
    private let lastID = Atomic<Int>(0)

    /// Throws when the system refuses a thread.
    init() throws(ThreadRefusal) {
        do throws(ThreadRefusal) {
            try WorkThread.start("read-short") { [short] in short.work() }
            for _ in 0..<Self.longThreads {
                try WorkThread.start("read-long", niceness: Self.longNiceness) { [long] in long.work() }
            }
        } catch {
            short.close()
            long.close()
            throw error
        }
    }

    deinit {
        short.close()
        long.close()
    }

    /// Does `work` on `bytes` bytes of a tenant's when its turn comes. Throws `APIError.gone` without doing it when the client
    /// goes before, or the task is cancelled.
    func run<Value: Sendable>(
        _ bytes: Int, of tenant: String, unless departure: Departure,
        _ work: @escaping @Sendable () throws(APIError) -> Value
    ) async throws(APIError) -> Value {
        let line = bytes <= Self.shortBytes ? short : long
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let result: Result<Value, APIError> = await withTaskCancellationHandler {
            let handle = Mutex(0)
            let result = await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Value, APIError>, Never>) in
                line.append(
                    PreparationJob(
                        run: { continuation.resume(returning: Result { () throws(APIError) in try work() }) },
                        drop: { continuation.resume(returning: .failure(.gone)) }), id: id, of: tenant)
                // After it stands in line: a client that is gone already is not waited for either.
                handle.withLock { $0 = departure.whenGone { line.drop(id, of: tenant) } }
                if Task.isCancelled { line.drop(id, of: tenant) }
            }
            departure.forget(handle.withLock { $0 })
            return result
        } onCancel: {
            line.drop(id, of: tenant)
        }
        return try result.get()
    }
}

/// Either of its two is called, once.
private struct PreparationJob: Sendable {
    let run: @Sendable () -> Void
    let drop: @Sendable () -> Void
}

/// One line and the threads that take from it.
private final class PreparationLine: Sendable {
    private struct State {
        var line = TurnLine<PreparationJob>()
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts jobs that may begin.
    private let due = DispatchSemaphore(value: 0)

    func append(_ job: PreparationJob, id: Int, of tenant: String) {
        let isDue: Bool? = state.withLock { state in
            state.isClosed ? nil : state.line.append(job, id: id, of: tenant)
        }
        guard let isDue else { return job.drop() }
        if isDue { due.signal() }
    }

    func drop(_ id: Int, of tenant: String) { state.withLock { $0.line.remove(id, of: tenant) }?.drop() }

    /// Runs jobs until the line is closed.
    func work() {
        while true {
            due.wait()
            let (next, isClosed) = state.withLock { ($0.line.next(), $0.isClosed) }
            if let (tenant, job) = next {
                job.run()
                if state.withLock({ $0.line.ended(tenant) }) { due.signal() }
            } else if isClosed {
                // The next thread ends too.
                due.signal()
                return
            }
        }
    }

    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            return state.line.removeAll()
        }
        for job in left { job.drop() }
        due.signal()
    }
}
