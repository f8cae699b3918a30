import Foundation
import ModelFiles
import Synchronization
import TestSupport
import Testing

@testable import Inference

@Suite struct WorkerTeamTests {
    private final class Flag: Sendable {
        let isBusy = Atomic<Bool>(false)
    }

    /// A thread that blocks the fault would end the process.
    @Test func aFileThatIsCutShortEndsNoThread() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("weights")
        let pages = 64
        try Data(repeating: 7, count: pages * Int(getpagesize())).write(to: file)
        let mapped = try MappedFile(path: file.path)
        #expect(truncate(file.path, 0) == 0)
        let sum = Atomic<Int>(0)
        WorkerTeam(threadCount: 3).run(pages) { page, _ in
            sum.add(Int(mapped.bytes[page * Int(getpagesize())]), ordering: .relaxed)
        }
        #expect(sum.load(ordering: .relaxed) == 0)
    }

    @Test(arguments: [1, 2, 5]) func everyItemIsDoneOnce(_ threads: Int) {
        let team = WorkerTeam(threadCount: threads)
        #expect(team.threadCount == threads)
        for items in [0, 1, 2, 3, 100, 1000] {
            let counts = UnsafeMutablePointer<Int>.allocate(capacity: items + 1)
            counts.initialize(repeating: 0, count: items + 1)
            defer { counts.deallocate() }
            for index in 0..<200 {
                team.run(items, ordered: min(items, index % 7)) { item, _ in counts[item] += 1 }
            }
            #expect((0..<items).allSatisfy { counts[$0] == 200 })
            #expect(counts[items] == 0)
        }
    }

    /// The others may wait for the ordered ones: if one of these were still to be taken, this would never end.
    @Test(arguments: [2, 5], [1, 3, 40]) func orderedItemsAreTakenBeforeAllOthers(_ threads: Int, _ ordered: Int) {
        let team = WorkerTeam(threadCount: threads)
        for _ in 0..<200 {
            let pending = Atomic<Int>(ordered)
            team.run(ordered + 20, ordered: ordered) { item, _ in
                if item < ordered {
                    pending.wrappingSubtract(1, ordering: .releasing)
                } else {
                    while pending.load(ordering: .acquiring) > 0 { sched_yield() }
                }
            }
            #expect(pending.load(ordering: .relaxed) == 0)
        }
    }

    @Test func noTwoCallsAtOnceHaveTheSameWorker() {
        let team = WorkerTeam(threadCount: 4)
        let flags = (0..<4).map { _ in Flag() }
        let clashes = Atomic<Int>(0)
        team.run(20_000) { _, worker in
            if flags[worker].isBusy.exchange(true, ordering: .relaxed) { clashes.wrappingAdd(1, ordering: .relaxed) }
            flags[worker].isBusy.store(false, ordering: .relaxed)
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
    }

    @Test func idleWorkersSleepAndWakeAgain() {
        let team = WorkerTeam(threadCount: 3)
        for _ in 0..<3 {
            team.run(10) { _, _ in }
            // Ends by itself: a worker that did not sleep would keep this loop, and the test, from ending.
            while team.sleepingWorkers < 2 { sched_yield() }
        }
        // All three must come to this loop: each item waits for the others to have begun.
        let begun = Atomic<Int>(0)
        team.run(3) { _, _ in
            begun.wrappingAdd(1, ordering: .relaxed)
            while begun.load(ordering: .relaxed) < 3 { sched_yield() }
        }
        #expect(begun.load(ordering: .relaxed) == 3)
    }

    @Test func theTeamEndsWithItsOwner() {
        weak var watched: WorkerTeam?
        do {
            let team = WorkerTeam(threadCount: 9)
            watched = team
            team.run(9) { _, _ in }
        }
        #expect(watched == nil)
    }
}
