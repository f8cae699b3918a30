import Dispatch
import Foundation
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Loader threads")
struct LoaderThreadsTests {
    /// What jobs did.
    private final class Log: Sendable {
        let started = Mutex<[Int]>([])
        let running = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let nice = Mutex<Set<Int32>>([])
        let done = DispatchGroup()

        func job(_ index: Int) {
            started.withLock { $0.append(index) }
            most.max(running.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
            nice.withLock { _ = $0.insert(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)) }
            running.wrappingSubtract(1, ordering: .relaxed)
            done.leave()
        }
    }

    private func run(_ jobs: Int, threads: Int) async throws -> Log {
        let log = Log()
        var loaders: LoaderThreads? = try LoaderThreads(count: threads)
        for index in 0..<jobs {
            log.done.enter()
            loaders?.run { log.job(index) }
        }
        // Jobs that wait outlive the last reference.
        loaders = nil
        await withCheckedContinuation { continuation in
            log.done.notify(queue: .global()) { continuation.resume() }
        }
        return log
    }

    @Test("Jobs begin in the order in which they came")
    func order() async throws {
        let log = try await run(200, threads: 1)
        #expect(log.started.withLock { $0 } == Array(0..<200))
    }

    @Test("What somebody waits for goes before what nobody waits for")
    func urgent() async throws {
        let loaders = try LoaderThreads(count: 1)
        let log = Log()
        let gate = DispatchSemaphore(value: 0)
        loaders.run { gate.wait() }
        for index in 0..<6 {
            log.done.enter()
            if index % 2 == 0 { loaders.runLater { log.job(index) } } else { loaders.run { log.job(index) } }
        }
        gate.signal()
        await withCheckedContinuation { continuation in
            log.done.notify(queue: .global()) { continuation.resume() }
        }
        #expect(log.started.withLock { $0 } == [1, 3, 5, 0, 2, 4])
    }

    @Test("No more run at once than there are threads, and each yields to threads of the usual priority")
    func bounded() async throws {
        let usual = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        let log = try await run(500, threads: 2)
        #expect(Set(log.started.withLock { $0 }) == Set(0..<500))
        #expect((1...2).contains(log.most.load(ordering: .relaxed)))
        #expect(log.nice.withLock { $0 } == [min(19, usual + LoaderThreads.niceness)])
    }

    @Test("Two jobs that wait for each other end: both threads work")
    func together() async throws {
        let loaders = try LoaderThreads(count: 2)
        let first = DispatchSemaphore(value: 0)
        let second = DispatchSemaphore(value: 0)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            loaders.run {
                second.signal()
                first.wait()
                continuation.resume()
            }
            loaders.run {
                first.signal()
                second.wait()
            }
        }
    }
}
