/// The jobs of one parallel loop, numbered by units across all of them.
///
/// Jobs are plain values: workers read them without reference counting. Filled by the step's thread between loops.
final class WorkList {
    private enum Job {
        case product(ProductJob)
        case shrink(ShrinkJob)
        case expand(ExpandJob)
    }

    private var jobs: [Job] = []
    /// Units up to and including each job.
    private var ends: [Int] = []
    private var runs: [RankRows] = []

    var unitCount: Int { ends.last ?? 0 }

    func clear() {
        jobs.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
    }

    func add(_ job: ProductJob) { append(.product(job), units: job.unitCount) }
    func add(_ job: ShrinkJob) { append(.shrink(job), units: job.unitCount) }
    func add(_ job: ExpandJob) { append(.expand(job), units: job.unitCount) }

    /// Keeps one run of the next expand job, which names its runs by their range in `runCount`.
    func add(_ run: RankRows) { runs.append(run) }
    var runCount: Int { runs.count }

    /// Does everything, and leaves the list empty. `tile` answers with a worker's own memory.
    func perform(on team: WorkerTeam, tile: (_ worker: Int) -> UnsafeMutablePointer<Float>) {
        guard unitCount > 0 else { return }
        jobs.withUnsafeBufferPointer { jobs in
            ends.withUnsafeBufferPointer { ends in
                runs.withUnsafeBufferPointer { runs in
                    team.run(unitCount) { unit, worker in
                        let index = Self.job(of: unit, ends)
                        let local = index == 0 ? unit : unit - ends[index - 1]
                        switch jobs[index] {
                        case .product(let job): job.perform(local, tile: tile(worker))
                        case .shrink(let job): job.perform(local)
                        case .expand(let job): job.perform(local, allRuns: runs)
                        }
                    }
                }
            }
        }
        clear()
    }

    private func append(_ job: Job, units: Int) {
        guard units > 0 else { return }
        jobs.append(job)
        ends.append(unitCount + units)
    }

    /// The first job whose end lies beyond the unit.
    private static func job(of unit: Int, _ ends: UnsafeBufferPointer<Int>) -> Int {
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > unit { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
