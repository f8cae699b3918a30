/// How the matrices of an adapter fill pages: the one rule that the engine places weights by and that plans count by.
///
/// A is kept as `rank` rows of its inputs, B transposed as `rank` rows of its outputs: one "rank row" never crosses a
/// page's edge. Rows of one matrix stay together when they fit in what is left of a page; a matrix larger than a page is
/// split between rows. Bytes left over at page ends are overhead. In front of the matrices stands a table of
/// `tableEntryBytes` a module.
///
/// Modules that read the same rows stand together, first their A and then their B, because a step streams them together.
public struct AdapterPages: Sendable, Hashable {
    /// One adapted module's size.
    public struct Module: Sendable, Hashable {
        public let rank: Int
        public let inputs: Int
        public let outputs: Int
        /// Equal for neighbours that read the same rows, such as query, key and value of a layer.
        public let reader: Int

        public init(rank: Int, inputs: Int, outputs: Int, reader: Int) {
            self.rank = rank
            self.inputs = inputs
            self.outputs = outputs
            self.reader = reader
        }
    }

    /// Neighbouring rank rows inside one page.
    public struct Run: Sendable, Hashable {
        /// Index into the adapter's own list of pages.
        public let page: Int
        /// Bytes from the page's start; a multiple of 64.
        public let offset: Int
        public let firstRow: Int
        public let rowCount: Int
    }

    /// One module's place: rank rows of A, then of B transposed, each in order.
    public struct Placement: Sendable, Hashable {
        public let a: [Run]
        public let b: [Run]
    }

    /// Bytes of the table's entry of one module.
    public static let tableEntryBytes = 4

    /// In the order of the modules.
    public let placements: [Placement]
    public let pageCount: Int
    /// Bytes that hold weights.
    public let usedBytes: Int
    /// Page ends and the table.
    public let overheadBytes: Int

    /// Fills pages in the order of `modules`, which is layer order, then module order. Nil when one rank row is larger
    /// than a page.
    public init?(_ modules: [Module], elementBytes: Int, pageBytes: Int) {
        guard pageBytes >= Self.tableEntryBytes else { return nil }
        var cursor = Cursor(pageBytes: pageBytes, after: modules.count * Self.tableEntryBytes)
        var placements: [Placement] = []
        placements.reserveCapacity(modules.count)
        var used = 0
        var first = 0
        while first < modules.count {
            let end = modules[first...].firstIndex { $0.reader != modules[first].reader } ?? modules.count
            let group = modules[first..<end]
            var a: [[Run]] = []
            for module in group {
                guard let runs = cursor.place(rows: module.rank, rowBytes: module.inputs * elementBytes) else {
                    return nil
                }
                a.append(runs)
            }
            for (index, module) in group.enumerated() {
                guard let b = cursor.place(rows: module.rank, rowBytes: module.outputs * elementBytes) else {
                    return nil
                }
                placements.append(Placement(a: a[index], b: b))
                used += module.rank * (module.inputs + module.outputs) * elementBytes
            }
            first = end
        }
        self.placements = placements
        pageCount = cursor.pageCount
        usedBytes = used
        overheadBytes = pageCount * pageBytes - used
    }

    /// The next free byte while pages are filled in order.
    private struct Cursor {
        let pageBytes: Int
        private var page: Int
        private var offset: Int

        /// Starts behind `bytes` that are filled already.
        init(pageBytes: Int, after bytes: Int) {
            self.pageBytes = pageBytes
            let end = (bytes + 63) & ~63
            page = end / pageBytes
            offset = end % pageBytes
        }

        var pageCount: Int { offset == 0 ? page : page + 1 }

        mutating func place(rows: Int, rowBytes: Int) -> [Run]? {
            guard rowBytes > 0, rowBytes <= pageBytes else { return nil }
            var runs: [Run] = []
            var done = 0
            while done < rows {
                let fitting = (pageBytes - offset) / rowBytes
                let wanted = rows - done
                // A matrix that fits in a fresh page is not split over two.
                if fitting == 0 || (fitting < wanted && wanted * rowBytes <= pageBytes && offset > 0) {
                    page += 1
                    offset = 0
                    continue
                }
                let count = min(fitting, wanted)
                runs.append(Run(page: page, offset: offset, firstRow: done, rowCount: count))
                done += count
                offset = (offset + count * rowBytes + 63) & ~63
                if offset >= pageBytes {
                    page += 1
                    offset = 0
                }
            }
            return runs
        }
    }
}
