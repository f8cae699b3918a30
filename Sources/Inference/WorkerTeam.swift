import CKernels
import Glibc
import Synchronization
import Threads

/// A fixed team of threads that share loops with their caller.
///
/// Each thread begins with its own share of neighbouring items, the same from loop to loop, and then takes what is left of
/// others' shares: what a thread wrote, or asked memory for, it mostly finds in its own cache, and threads seldom meet at a
/// counter. Cores may be far from each other. Which thread takes which item still depends on timing; what an item computes
/// must not, so results are deterministic.
/// Idle workers sleep: after a short spin, in which the next loop of a step usually comes, they use no processor time.
public final class WorkerTeam: Sendable {
    /// Threads, the caller's included.
    public let threadCount: Int
    private let shared: Shared
    private let threads: [pthread_t]

    /// Starts `threadCount - 1` threads; fewer when the system refuses more.
    public init(threadCount: Int) {
        let shared = Shared(workers: max(1, threadCount))
        var threads: [pthread_t] = []
        for worker in 1..<max(1, threadCount) {
            let start = Unmanaged.passRetained(Start(shared: shared, worker: worker))
            var thread = pthread_t()
            let status = ThreadSignals.withFaultsOnly {
                pthread_create(
                    &thread, nil,
                    { argument in
                        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                        start.shared.work(as: start.worker)
                        return nil
                    }, start.toOpaque())
            }
            guard status == 0 else {
                start.release()
                break
            }
            threads.append(thread)
        }
        self.shared = shared
        self.threads = threads
        self.threadCount = threads.count + 1
    }

    deinit {
        shared.stop()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body` once for each item in 0..<items, on any of the threads, and returns when all are done.
    /// `worker` is in 0..<threadCount; no two calls that run at once have the same. One caller at a time.
    ///
    /// The first `ordered` items are not shared out: they are taken in order, all of them before any other.
    public func run(_ items: Int, ordered: Int = 0, _ body: (_ item: Int, _ worker: Int) -> Void) {
        if threads.isEmpty || items < 2 {
            for item in 0..<items { body(item, 0) }
        } else {
            withoutActuallyEscaping(body) { shared.run(items, ordered: ordered, $0) }
        }
    }

    /// Workers that wait without using processor time.
    var sleepingWorkers: Int { shared.sleepingWorkers }

    private final class Start {
        let shared: Shared
        let worker: Int

        init(shared: Shared, worker: Int) {
            self.shared = shared
            self.worker = worker
        }
    }
}

/// What the threads of one team see.
///
/// Sendable by protocol: `body` and `items` are written only while the gate is closed and nobody is inside, and read
/// only by threads that entered through the gate afterwards (acquire after release on `gate`).
private final class Shared: @unchecked Sendable {
    typealias Body = (Int, Int) -> Void

    /// Bit 0: open. Bits 1...15: workers inside. Bits 16...: number of the loop.
    private let gate = Atomic<UInt64>(0)
    private let workers: Int
    /// The next item of the ordered ones, then of each worker's share; a line of the cache for each.
    private let next: UnsafeMutablePointer<Atomic<Int>>
    private let sleepers = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private var items = 0
    private var ordered = 0
    private var body: Body?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private static let open: UInt64 = 1
    private static let inside: UInt64 = 2
    private static let insideMask: UInt64 = 0xfffe
    private static let number: UInt64 = 0x10000
    /// About 50 µs of looking before a worker sleeps.
    private static let spins = 1500
    /// Counters are so far apart that no processor fetches two together.
    private static let apart = 16

    init(workers: Int) {
        self.workers = workers
        next = .allocate(capacity: (workers + 1) * Self.apart)
        for share in 0...workers { (next + share * Self.apart).initialize(to: Atomic(0)) }
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        for share in 0...workers { (next + share * Self.apart).deinitialize(count: 1) }
        next.deallocate()
        wake.deallocate()
        mutex.deallocate()
    }

    func run(_ items: Int, ordered: Int, _ body: @escaping Body) {
        self.items = items
        self.ordered = ordered
        self.body = body
        next.pointee.store(0, ordering: .relaxed)
        for worker in 0..<workers { counter(worker).pointee.store(start(of: worker), ordering: .relaxed) }
        // Sequentially consistent with `sleepers`: either the worker sees the open gate, or we see the sleeper.
        gate.wrappingAdd(Self.number + Self.open, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
        }
        claim(as: 0)
        // Workers that come too late find the gate closed; only those inside are waited for.
        gate.wrappingSubtract(Self.open, ordering: .acquiringAndReleasing)
        var looks = 0
        while gate.load(ordering: .acquiring) & Self.insideMask != 0 {
            looks += 1
            if looks < Self.spins { deck_spin_hint() } else { sched_yield() }
        }
        self.body = nil
    }

    func work(as worker: Int) {
        var seen: UInt64 = 0
        while let state = waitForLoop(after: seen) {
            seen = state / Self.number
            claim(as: worker)
            gate.wrappingSubtract(Self.inside, ordering: .releasing)
        }
    }

    var sleepingWorkers: Int { sleepers.load(ordering: .acquiring) }

    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
    }

    /// Never inlined: the copy of `body` must be gone before the thread leaves the gate, because it does not really escape.
    @inline(never)
    private func claim(as worker: Int) {
        guard let body else { return }
        take(from: next, until: ordered, worker, body)
        for distance in 0..<workers {
            let owner = (worker + distance) % workers
            take(from: counter(owner), until: start(of: owner + 1), worker, body)
        }
    }

    private func take(from counter: UnsafeMutablePointer<Atomic<Int>>, until end: Int, _ worker: Int, _ body: Body) {
        // Looking first keeps an empty share's counter where it is.
        while counter.pointee.load(ordering: .relaxed) < end {
            let item = counter.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
            guard item < end else { return }
            body(item, worker)
        }
    }

    /// The first item of a worker's share.
    private func start(of worker: Int) -> Int { ordered + (items - ordered) * worker / workers }

    private func counter(_ worker: Int) -> UnsafeMutablePointer<Atomic<Int>> { next + (worker + 1) * Self.apart }

    /// Enters the next open loop and returns the gate's state, or nil when the team ends.
    private func waitForLoop(after seen: UInt64) -> UInt64? {
        var looks = 0
        while !isStopping.load(ordering: .acquiring) {
            let state = gate.load(ordering: .acquiring)
            if isOpen(state, after: seen) {
                let entered = gate.compareExchange(
                    expected: state, desired: state + Self.inside, ordering: .acquiringAndReleasing)
                if entered.exchanged { return state }
                continue
            }
            looks += 1
            if looks < Self.spins {
                deck_spin_hint()
                continue
            }
            looks = 0
            pthread_mutex_lock(mutex)
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            while !isStopping.load(ordering: .sequentiallyConsistent),
                !isOpen(gate.load(ordering: .sequentiallyConsistent), after: seen)
            {
                pthread_cond_wait(wake, mutex)
            }
            sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
            pthread_mutex_unlock(mutex)
        }
        return nil
    }

    private func isOpen(_ state: UInt64, after seen: UInt64) -> Bool {
        state & Self.open != 0 && state / Self.number != seen
    }
}
