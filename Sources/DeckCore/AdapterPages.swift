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

    /// The rank rows of one matrix: some on the page where it begins, the others from the start of the pages that follow.
    /// Takes no more room for a matrix of a thousand pages than for one of a single page.
    struct Stretch: Sendable, Hashable {
        let first: Run
        /// Rows behind those of `first`, and how many of them a page takes.
        let rest: Int
        let perPage: Int

        /// The run that ends it.
        var last: Run {
            guard rest > 0 else { return first }
            let whole = (rest - 1) / perPage
            return Run(
                page: first.page.plus(1).plus(whole), offset: 0, firstRow: first.rowCount + whole * perPage,
                rowCount: rest - whole * perPage)
        }

        var runs: [Run] {
            let begin = first.rowCount > 0 ? [first] : []
            return begin
                + stride(from: 0, to: rest, by: perPage).enumerated().map { page, row in
                    Run(
                        page: first.page + 1 + page, offset: 0, firstRow: first.rowCount + row,
                        rowCount: min(perPage, rest - row))
                }
        }
    }

    /// One module's place: rank rows of A, then of B transposed, each in order.
    public struct Placement: Sendable, Hashable {
        let inward: Stretch
        let outward: Stretch

        public var a: [Run] { inward.runs }
        public var b: [Run] { outward.runs }
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
            var inward: [Stretch] = []
            for module in group {
                guard let rows = cursor.place(rows: module.rank, rowBytes: module.inputs.times(elementBytes)) else {
                    return nil
                }
                inward.append(rows)
            }
            for (index, module) in group.enumerated() {
                guard let outward = cursor.place(rows: module.rank, rowBytes: module.outputs.times(elementBytes)) else {
                    return nil
                }
                placements.append(Placement(inward: inward[index], outward: outward))
                used = used.plus(module.rank.times(module.inputs.plus(module.outputs)).times(elementBytes))
            }
            first = end
        }
        self.placements = placements
        pageCount = cursor.pageCount
        usedBytes = used
        overheadBytes = pageCount.times(pageBytes).minus(used)
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

        var pageCount: Int { offset == 0 ? page : page.plus(1) }

        /// In a few steps, however many pages the rows take.
        mutating func place(rows: Int, rowBytes: Int) -> Stretch? {
            guard rowBytes > 0, rowBytes <= pageBytes else { return nil }
            let perPage = pageBytes / rowBytes
            var fitting = (pageBytes - offset) / rowBytes
            // A matrix that fits in a fresh page is not split over two.
            if fitting < rows, fitting == 0 || (rows <= perPage && offset > 0) {
                page = page.plus(1)
                offset = 0
                fitting = perPage
            }
            let count = max(0, min(fitting, rows))
            let stretch = Stretch(
                first: Run(page: page, offset: offset, firstRow: 0, rowCount: count), rest: max(0, rows - count),
                perPage: perPage)
            guard rows > 0 else { return stretch }
            page = stretch.last.page
            offset = (stretch.last.offset + stretch.last.rowCount * rowBytes).plus(63) & ~63
            if offset >= pageBytes {
                page = page.plus(1)
                offset = 0
            }
            return stretch
        }
    }
}
