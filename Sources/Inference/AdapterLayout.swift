import ModelFiles

/// How numbers stand in pages.
public enum PageElement: Sendable, Hashable, BitwiseCopyable {
    case f16, f32

    public var bytes: Int { self == .f16 ? 2 : 4 }
}

/// Where each matrix of an adapter stands in a run of pages that need not be neighbours.
///
/// A is kept as `rank` rows of `inputSize`, B transposed as `rank` rows of `outputSize`: one "rank row" is the unit that
/// shrink and expand stream, and it never crosses a page's edge. Rows of one matrix stay together when they fit in what
/// is left of a page; a matrix larger than a page is split between rows. Bytes left over at page ends are overhead
/// (invariant 2).
///
/// Modules that read the same rows stand together, first their A and then their B, because a step streams them together:
/// memory answers one long stream better than several short ones.
///
/// In front of the matrices stands a table with one f32 a module, written with its weights: what undoes the power of two
/// by which they were multiplied to use f16's range well (see `PackedAdapter.write`).
public struct AdapterLayout: Sendable {
    /// Neighbouring rank rows inside one page.
    public struct Run: Sendable, Hashable {
        /// Index into the adapter's own list of pages.
        public let page: Int
        /// Bytes from the page's start; a multiple of 64.
        public let offset: Int
        public let firstRow: Int
        public let rowCount: Int
    }

    /// One adapted module's place.
    public struct Placement: Sendable {
        public let shape: LoRAShape
        /// Rank rows of A, in order.
        public let a: [Run]
        /// Rank rows of B transposed, in order.
        public let b: [Run]
        /// Where its entry of the table stands: an index into the adapter's own pages, and bytes from that page's start.
        let tablePage: Int
        let tableOffset: Int
    }

    public let element: PageElement
    public let pageBytes: Int
    /// In layer order, then module order; each (layer, module) at most once.
    public let placements: [Placement]
    public let pageCount: Int
    /// Bytes that hold weights; the rest (page ends and the table) of `pageCount * pageBytes` is overhead.
    public let usedBytes: Int
    /// Over all modules; 0 for an adapter without any.
    let largestRank: Int
    let index: LayoutIndex

    /// Lays an adapter out. `shapes` are in layer order, then module order.
    /// Returns nil when one rank row is larger than a page.
    public init?(shapes: [LoRAShape], element: PageElement, pageBytes: Int) {
        let entriesPerPage = pageBytes / Self.entryBytes
        guard entriesPerPage > 0 else { return nil }
        var cursor = Cursor(pageBytes: pageBytes, after: shapes.count * Self.entryBytes)
        var placements: [Placement] = []
        var used = 0
        var first = 0
        while first < shapes.count {
            let end = shapes[first...].firstIndex { !Self.shareInput($0, shapes[first]) } ?? shapes.count
            let group = shapes[first..<end]
            var a: [[Run]] = []
            var b: [[Run]] = []
            for shape in group {
                guard let runs = cursor.place(rows: shape.rank, rowBytes: shape.inputSize * element.bytes) else {
                    return nil
                }
                a.append(runs)
            }
            for shape in group {
                guard let runs = cursor.place(rows: shape.rank, rowBytes: shape.outputSize * element.bytes) else {
                    return nil
                }
                b.append(runs)
            }
            for (index, shape) in group.enumerated() {
                let entry = first + index
                used += shape.rank * (shape.inputSize + shape.outputSize) * element.bytes
                placements.append(
                    Placement(
                        shape: shape, a: a[index], b: b[index], tablePage: entry / entriesPerPage,
                        tableOffset: entry % entriesPerPage * Self.entryBytes))
            }
            first = end
        }
        self.element = element
        self.pageBytes = pageBytes
        self.placements = placements
        self.pageCount = cursor.pageCount
        self.usedBytes = used
        largestRank = shapes.map(\.rank).max() ?? 0
        index = LayoutIndex(placements)
    }

    /// Whether two modules read the same rows: query, key and value of a layer, or gate and up.
    private static func shareInput(_ left: LoRAShape, _ right: LoRAShape) -> Bool {
        func reader(_ module: LinearModule) -> LinearModule {
            switch module {
            case .query, .key, .value: .query
            case .gate, .up: .gate
            case .output, .down: module
            }
        }
        return left.layer == right.layer && reader(left.module) == reader(right.module)
    }

    public var overheadBytes: Int { pageCount * pageBytes - usedBytes }

    private static let entryBytes = MemoryLayout<Float>.size

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
            guard rowBytes <= pageBytes else { return nil }
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
