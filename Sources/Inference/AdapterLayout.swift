import DeckCore
import ModelFiles

/// How numbers stand in pages.
public enum PageElement: Sendable, Hashable, BitwiseCopyable {
    case f16, f32

    public var bytes: Int { self == .f16 ? 2 : 4 }
}

/// Where each matrix of an adapter stands in a run of pages that need not be neighbours, by the rule of `AdapterPages`,
/// which plans count by too (invariant 2).
///
/// The table in front of the matrices has one f32 a module, written with its weights: what undoes the power of two by
/// which they were multiplied to use f16's range well (see `PackedAdapter.write`).
public struct AdapterLayout: Sendable {
    /// Neighbouring rank rows inside one page.
    public typealias Run = AdapterPages.Run

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
        let modules = shapes.map { shape in
            AdapterPages.Module(
                rank: shape.rank, inputs: shape.inputSize, outputs: shape.outputSize,
                reader: BaseGeometry.reader(of: shape.module.name, at: shape.module.rawValue, layer: shape.layer))
        }
        guard let made = AdapterPages(modules, elementBytes: element.bytes, pageBytes: pageBytes) else { return nil }
        let entriesPerPage = pageBytes / AdapterPages.tableEntryBytes
        placements = zip(shapes, made.placements).enumerated().map { entry, module in
            Placement(
                shape: module.0, a: module.1.a, b: module.1.b, tablePage: entry / entriesPerPage,
                tableOffset: entry % entriesPerPage * AdapterPages.tableEntryBytes)
        }
        self.element = element
        self.pageBytes = pageBytes
        pageCount = made.pageCount
        usedBytes = made.usedBytes
        largestRank = shapes.map(\.rank).max() ?? 0
        index = LayoutIndex(placements)
    }

    public var overheadBytes: Int { pageCount * pageBytes - usedBytes }
}
