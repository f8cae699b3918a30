import ModelFiles

/// An adapter whose weights stand in pages: a layout and the pages that it was laid into.
///
/// A value that names memory; the pool keeps the pages from being reused while any batch holds it.
public struct PackedAdapter: Sendable {
    public let layout: AdapterLayout
    /// `layout.pageCount` page numbers.
    public let pages: [Int32]
    /// Index into `layout.placements` by layer * 7 + module; -1 where the adapter does nothing.
    let slots: [Int32]

    public init(layout: AdapterLayout, pages: [Int32]) {
        precondition(pages.count == layout.pageCount)
        self.layout = layout
        self.pages = pages
        let layers = (layout.placements.map(\.shape.layer).max() ?? -1) + 1
        var slots = [Int32](repeating: -1, count: layers * LinearModule.allCases.count)
        for (index, placement) in layout.placements.enumerated() {
            slots[placement.shape.layer * LinearModule.allCases.count + placement.shape.module.rawValue] = Int32(index)
        }
        self.slots = slots
    }

    /// The module's place, or nil where the adapter does nothing.
    func placement(_ module: LinearModule, layer: Int) -> AdapterLayout.Placement? {
        let slot = layer * LinearModule.allCases.count + module.rawValue
        guard slot < slots.count, slots[slot] >= 0 else { return nil }
        return layout.placements[Int(slots[slot])]
    }

    /// Copies one module's weights into the pages, rounding to the layout's element.
    /// `a` is [rank × inputSize], `bTransposed` is [rank × outputSize]; `index` is the placement's.
    public func write(
        _ index: Int, a: UnsafeBufferPointer<Float>, bTransposed: UnsafeBufferPointer<Float>, memory: PageMemory
    ) {
        let placement = layout.placements[index]
        write(placement.a, rows: a, width: placement.shape.inputSize, memory: memory)
        write(placement.b, rows: bTransposed, width: placement.shape.outputSize, memory: memory)
    }

    private func write(_ runs: [AdapterLayout.Run], rows: UnsafeBufferPointer<Float>, width: Int, memory: PageMemory) {
        for run in runs {
            let target = memory.address(of: pages[run.page]) + run.offset
            let source = UnsafeBufferPointer(rebasing: rows[run.firstRow * width..<(run.firstRow + run.rowCount) * width])
            switch layout.element {
            case .f32:
                target.copyMemory(from: source.baseAddress!, byteCount: source.count * 4)
            case .f16:
                let halves = target.assumingMemoryBound(to: UInt16.self)
                for (index, value) in source.enumerated() { halves[index] = halfBits(value) }
            }
        }
    }
}
