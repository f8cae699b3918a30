import Dispatch
import Synchronization
import Threads

/// A few threads that read adapter files, each kind of job in the order in which it came (invariant 7).
///
/// They yield to the threads of the forward pass: on Linux each takes a higher nice value, which the scheduler keeps per
/// thread.
final class LoaderThreads: BackgroundRunner {
    private let queue = JobQueue()

    /// Threads end when the last reference to this is gone and every job has run. `niceness` is added to the process's.
    /// Throws when the system refuses one of them.
    init(count: Int, niceness: Int32 = LoaderThreads.niceness) throws(ThreadRefusal) {
        do throws(ThreadRefusal) {
            for index in 0..<max(1, count) {
                try WorkThread.start("loader-\(index)", niceness: niceness) { [queue] in
                    while let job = queue.next() { job() }
                }
            }
        } catch {
            // Ends those that were started.
            queue.close()
            throw error
        }
    }

    deinit { queue.close() }

    func run(_ job: @escaping @Sendable () -> Void) { queue.append(job, isUrgent: true) }
    func runLater(_ job: @escaping @Sendable () -> Void) { queue.append(job, isUrgent: false) }

    /// A third of a step thread's share where they compete for a core: a reload of 10 MB, 3 ms alone, takes 12 ms then
    /// and costs the step as much time as it would at any priority, but never holds a step thread off for long.
    static let niceness: Int32 = 5
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
