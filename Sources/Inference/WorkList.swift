import CKernels

/// The products and shrinks of one parallel loop, numbered by units across all of them.
///
/// Jobs are plain values: workers read them without reference counting. Filled by the step's thread between loops.
final class WorkList {
    private var products = PlainBuffer<ProductJob>()
    private var shrinks = PlainBuffer<ShrinkJob>(capacity: 64)
    /// Units up to and including each job.
    private var productEnds = PlainBuffer<Int>()
    private var shrinkEnds = PlainBuffer<Int>(capacity: 64)
    /// What the loops after this one read
    private var ahead = PlainBuffer<deck_range>(capacity: 256)
    private var aheadBytes = 0

    deinit {
        ahead.deallocate()
        products.deallocate()
        shrinks.deallocate()
        productEnds.deallocate()
        shrinkEnds.deallocate()
    }

    func add(_ job: ProductJob) {
        guard job.unitCount > 0 else { return }
        productEnds.append(productUnits + job.unitCount)
        products.append(job)
    }

    func add(_ job: ShrinkJob) {
        guard job.unitCount > 0 else { return }
        shrinkEnds.append(shrinkUnits + job.unitCount)
        shrinks.append(job)
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

    private var productUnits: Int { productEnds.count > 0 ? productEnds[productEnds.count - 1] : 0 }
    private var shrinkUnits: Int { shrinkEnds.count > 0 ? shrinkEnds[shrinkEnds.count - 1] : 0 }

    /// Does everything, and leaves the list empty. `updates` are what shrink jobs name; `tile` answers with a worker's own
    /// memory. The calling thread calls `ended` with each part of its own that ends.
    ///
    /// Shrinks are spread evenly among the products: they wait for memory while products keep the arithmetic busy, so a
    /// thread in one has a neighbour in the other.
    func perform(
        on team: WorkerTeam, updates: UnsafePointer<LowRankUpdate?>,
        tile: (_ worker: Int) -> UnsafeMutablePointer<Float>, ended: (StepClock.Part) -> Void
    ) {
        let shrinkUnits = shrinkUnits
        let productUnits = productUnits
        let units = productUnits + shrinkUnits
        let ranges = UnsafeBufferPointer(start: UnsafePointer(ahead.start), count: ahead.count)
        let aheadBytes = aheadBytes
        let products = products.start
        let shrinks = shrinks.start
        let productEnds = UnsafeBufferPointer(start: productEnds.start, count: productEnds.count)
        let shrinkEnds = UnsafeBufferPointer(start: shrinkEnds.start, count: shrinkEnds.count)
        var part = productUnits > 0 ? StepClock.Part.base : .adapters
        team.run(units) { unit, worker in
            let shrinksBefore = unit * shrinkUnits / units
            let isShrink = (unit + 1) * shrinkUnits / units > shrinksBefore
            if worker == 0, isShrink != (part == .adapters) {
                ended(part)
                part = isShrink ? .adapters : .base
            }
            if isShrink {
                let (job, local) = Self.job(of: shrinksBefore, shrinkEnds)
                shrinks[job].perform(local, updates: updates)
            } else {
                let (job, local) = Self.job(of: unit - shrinksBefore, productEnds)
                let before = aheadBytes / productUnits * (unit - shrinksBefore)
                products[job].perform(
                    local, tile: tile(worker),
                    ahead: deck_ahead(
                        ranges: ranges.baseAddress, count: ranges.count, offset: before,
                        bytes: aheadBytes / productUnits))
            }
        }
        ended(part)
        self.products.removeAll()
        self.shrinks.removeAll()
        self.productEnds.removeAll()
        self.shrinkEnds.removeAll()
        ahead.removeAll()
        self.aheadBytes = 0
    }

    /// The first job whose end lies beyond the unit, and which of its units it is.
    private static func job(of unit: Int, _ ends: UnsafeBufferPointer<Int>) -> (job: Int, unit: Int) {
        var low = 0
        var high = ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > unit { high = middle } else { low = middle + 1 }
        }
        return (low, low == 0 ? unit : unit - ends[low - 1])
    }
}
