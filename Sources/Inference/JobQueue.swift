/// Jobs of one kind, numbered by units across all of them, as plain memory. Its owner frees it.
struct JobQueue<Job: BitwiseCopyable> {
    private var jobs = PlainBuffer<Job>()
    /// Units up to and including each job
    private var ends = PlainBuffer<Int>()

    var unitCount: Int { ends.last ?? 0 }

    mutating func append(_ job: Job, units: Int) {
        guard units > 0 else { return }
        ends.append(unitCount + units)
        jobs.append(job)
    }

    /// The job that a unit in 0..<unitCount belongs to, and which of its units it is.
    func job(of unit: Int) -> (job: UnsafePointer<Job>, unit: Int) {
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > unit { high = middle } else { low = middle + 1 }
        }
        return (UnsafePointer(jobs.start + low), low == 0 ? unit : unit - ends[low - 1])
    }

    mutating func removeAll() {
        jobs.removeAll()
        ends.removeAll()
    }

    func deallocate() {
        jobs.deallocate()
        ends.deallocate()
    }
}
