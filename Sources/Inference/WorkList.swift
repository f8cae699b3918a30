import CKernels
import Glibc
import Synchronization

/// The products and shrinks of one parallel loop.
///
/// Jobs are plain values: workers read them without reference counting. Filled by the step's thread between loops.
final class WorkList {
    private var products = JobQueue<ProductJob>()
    private var shrinks = JobQueue<ShrinkJob>()
    /// Shrinks of tall segments, whose expands follow the products
    private var tallShrinks = JobQueue<ShrinkJob>()
    /// Units of tall shrinks that are not done.
    private let pendingShrinks = Atomic<Int>(0)
    /// What the loops after this one read
    private var ahead = PlainBuffer<deck_range>(capacity: 256)
    private var aheadBytes = 0

    deinit {
        ahead.deallocate()
        products.deallocate()
        shrinks.deallocate()
        tallShrinks.deallocate()
    }

    func add(_ job: ProductJob) { products.append(job, units: job.unitCount) }

    func add(_ job: ShrinkJob) {
        if job.isTall {
            tallShrinks.append(job, units: job.unitCount)
        } else {
            shrinks.append(job, units: job.unitCount)
        }
    }

    /// Memory that the next loops will read comes into the cache while products compute. Neighbours in memory become one.
    func lookAhead(_ start: UnsafeRawPointer, bytes: Int) {
        aheadBytes += bytes
        if let last = ahead.last, last.start + last.bytes == start {
            ahead.replaceLast(deck_range(start: last.start, bytes: last.bytes + bytes))
        } else {
            ahead.append(deck_range(start: start, bytes: bytes))
        }
    }

    /// Does everything, and leaves the list empty. `updates` are what shrink jobs name, `tallUpdates` what products do;
    /// `tile` answers with a worker's own memory. The calling thread calls `ended` with each part of its own that ends.
    ///
    /// Shrinks are spread evenly among the products: they wait for memory while products keep the arithmetic busy, so a
    /// thread in one has a neighbour in the other. Tall segments' shrinks come first, because their expands follow the products
    /// unit by unit: they are taken before anything else, so who waits for a shrink waits for a thread that is in it.
    func perform(
        on team: WorkerTeam, updates: UnsafePointer<LowRankUpdate?>, tallUpdates: UnsafePointer<LowRankUpdate>,
        tile: (_ worker: Int) -> UnsafeMutablePointer<Float>, ended: (StepClock.Part) -> Void
    ) {
        let products = products
        let shrinks = shrinks
        let tallShrinks = tallShrinks
        let tallUnits = tallShrinks.unitCount
        let units = products.unitCount + shrinks.unitCount
        pendingShrinks.store(tallUnits, ordering: .relaxed)
        var part = products.unitCount > 0 && tallUnits == 0 ? StepClock.Part.base : .adapters
        team.run(tallUnits + units, ordered: tallUnits) { item, worker in
            guard item >= tallUnits else {
                let (job, own) = tallShrinks.job(of: item)
                job.pointee.perform(own, updates: updates)
                pendingShrinks.wrappingSubtract(1, ordering: .releasing)
                return
            }
            let unit = item - tallUnits
            let shrinksBefore = unit * shrinks.unitCount / units
            let isShrink = (unit + 1) * shrinks.unitCount / units > shrinksBefore
            if worker == 0, isShrink != (part == .adapters) {
                ended(part)
                part = isShrink ? .adapters : .base
            }
            guard !isShrink else {
                let (job, own) = shrinks.job(of: shrinksBefore)
                job.pointee.perform(own, updates: updates)
                return
            }
            let (job, own) = products.job(of: unit - shrinksBefore)
            job.pointee.askAhead(own, updates: tallUpdates)
            job.pointee.perform(own, tile: tile(worker), ahead: ahead(of: unit - shrinksBefore, in: products.unitCount))
            guard job.pointee.updateCount > 0 else { return }
            if worker == 0 { ended(.base) }
            waitForTallShrinks()
            job.pointee.expand(own, updates: tallUpdates)
            if worker == 0 { ended(.adapters) }
        }
        ended(part)
        removeAll()
    }

    /// A unit's part of what the next loops read.
    private func ahead(of unit: Int, in units: Int) -> deck_ahead {
        let bytes = aheadBytes / units
        return deck_ahead(ranges: UnsafePointer(ahead.start), count: ahead.count, offset: bytes * unit, bytes: bytes)
    }

    /// Hardly ever waits: the shrinks were claimed before the first product.
    private func waitForTallShrinks() {
        var looks = 0
        while pendingShrinks.load(ordering: .acquiring) > 0 {
            looks += 1
            if looks < 1000 { deck_spin_hint() } else { sched_yield() }
        }
    }

    private func removeAll() {
        products.removeAll()
        shrinks.removeAll()
        tallShrinks.removeAll()
        ahead.removeAll()
        aheadBytes = 0
    }
}
