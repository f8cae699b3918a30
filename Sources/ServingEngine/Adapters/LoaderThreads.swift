import Dispatch
import Foundation
import Synchronization

/// A few threads that read adapter files, each kind of job in the order in which it came (invariant 7).
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

    func run(_ job: @escaping @Sendable () -> Void) { queue.append(job, isUrgent: true) }
    func runLater(_ job: @escaping @Sendable () -> Void) { queue.append(job, isUrgent: false) }

    /// A third of a step thread's share where they compete for a core: a reload of 10 MB, 3 ms alone, takes 12 ms then
    /// and costs the step as much time as it would at any priority, but never holds a step thread off for long.
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
    typealias Job = @Sendable () -> Void

    struct Line {
        /// Latest last; those before `first` have run.
        private var jobs: [Job] = []
        private var first = 0

        mutating func append(_ job: @escaping Job) { jobs.append(job) }

        mutating func popFirst() -> Job? {
            guard first < jobs.count else { return nil }
            let job = jobs[first]
            // What ran is let go, however long the queue behind it is.
            jobs[first] = {}
            first += 1
            if first == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                first = 0
            }
            return job
        }
    }

    struct Lines {
        var urgent = Line()
        var later = Line()
    }

    private let lines = Mutex(Lines())
    /// Counts jobs, and one more for each thread that is to end.
    private let arrived = DispatchSemaphore(value: 0)

    func append(_ job: @escaping Job, isUrgent: Bool) {
        lines.withLock { lines in
            if isUrgent { lines.urgent.append(job) } else { lines.later.append(job) }
        }
        arrived.signal()
    }

    func close() { arrived.signal() }

    /// Waits for the next job; nil when there will be none.
    func next() -> Job? {
        arrived.wait()
        let job = lines.withLock { $0.urgent.popFirst() ?? $0.later.popFirst() }
        // The next thread ends too.
        if job == nil { arrived.signal() }
        return job
    }
}
