import Dispatch
import Foundation
import Synchronization

/// A few threads that read adapter files, in the order in which the jobs came (invariant 7).
///
/// They yield to the threads of the forward pass: on Linux each takes a higher nice value, which the scheduler keeps per
/// thread.
final class LoaderThreads: BackgroundRunner {
    private let queue = JobQueue()

    /// Threads end when the last reference to this is gone and every job has run. `niceness` is added to the process's.
    init(count: Int, niceness: Int32 = LoaderThreads.niceness) {
        for index in 0..<max(1, count) {
            let thread = Thread { [queue] in
                Self.settle(niceness)
                while let job = queue.next() { job() }
            }
            thread.name = "loader-\(index)"
            thread.qualityOfService = .utility
            thread.start()
        }
    }

    deinit { queue.close() }

    func run(_ job: @escaping @Sendable () -> Void) { queue.append(job) }

    static let niceness: Int32 = 5

    private static func settle(_ niceness: Int32) {
        // Signals belong to the console's own thread.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        #if os(Linux)
        // 0 is the calling thread, not its process.
        let which = __priority_which_t(PRIO_PROCESS.rawValue)
        setpriority(which, 0, getpriority(which, 0) + niceness)
        #endif
    }
}

/// Jobs that wait for a thread.
private final class JobQueue: Sendable {
    private struct State {
        /// Latest last; those before `first` have run.
        var jobs: [@Sendable () -> Void] = []
        var first = 0
    }

    private let state = Mutex(State())
    /// Counts jobs, and one more for each thread that is to end.
    private let arrived = DispatchSemaphore(value: 0)

    func append(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.jobs.append(job) }
        arrived.signal()
    }

    func close() { arrived.signal() }

    /// Waits for the next job; nil when there will be none.
    func next() -> (@Sendable () -> Void)? {
        arrived.wait()
        let job: (@Sendable () -> Void)? = state.withLock { state in
            guard state.first < state.jobs.count else { return nil }
            defer {
                // What ran is let go, however long the queue behind it is.
                state.jobs[state.first] = {}
                state.first += 1
                if state.first == state.jobs.count {
                    state.jobs.removeAll(keepingCapacity: true)
                    state.first = 0
                }
            }
            return state.jobs[state.first]
        }
        // The next thread ends too.
        if job == nil { arrived.signal() }
        return job
    }
}
