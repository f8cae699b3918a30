import DeckCore
import CKernels
import ModelFiles

/// An adapter whose weights stand in pages: a layout and the pages that it was laid into.
///
/// A value that names memory; the pool keeps the pages from being reused while any batch holds it.
public struct PackedAdapter: Sendable {
    public let layout: AdapterLayout
    /// `layout.pageCount` page numbers.
    public let pages: [Int32]

    public init(layout: AdapterLayout, pages: [Int32]) {
        precondition(pages.count == layout.pageCount)
        self.layout = layout
        self.pages = pages
    }

    /// Copies one module's weights into the pages, rounding to the layout's element.
    /// `a` is [rank × inputSize], `bTransposed` is [rank × outputSize]; `index` is the placement's.
    ///
    /// In f16, each matrix is first multiplied by a power of two that brings its largest value near f16's largest, so that
    /// neither a large bf16 weight overflows nor a lightly trained B (around 1e-5) falls among the subnormals. What was
    /// f16 stays exact. The table's entry undoes both factors.
    public func write(
        _ index: Int, a: UnsafeBufferPointer<Float>, bTransposed: UnsafeBufferPointer<Float>, memory: PageMemory
    ) {
        let placement = layout.placements[index]
        let exponentA = exponent(of: a)
        let exponentB = exponent(of: bTransposed)
        write(placement.a, rows: a, width: placement.shape.inputSize, exponent: exponentA, memory: memory)
        write(placement.b, rows: bTransposed, width: placement.shape.outputSize, exponent: exponentB, memory: memory)
        tableEntry(placement, memory: memory).pointee = Float(
            sign: .plus, exponent: -exponentA - exponentB, significand: 1)
    }

    /// The same for what is stored in f16 and stays so: `layout.element` is f16, and no value is infinite or NaN.
    func write(
        _ index: Int, a: UnsafeBufferPointer<UInt16>, bTransposed: UnsafeBufferPointer<UInt16>, memory: PageMemory
    ) {
        let placement = layout.placements[index]
        let exponentA = exponent(of: a)
        let exponentB = exponent(of: bTransposed)
        write(placement.a, rows: a, width: placement.shape.inputSize, exponent: exponentA, memory: memory)
        write(placement.b, rows: bTransposed, width: placement.shape.outputSize, exponent: exponentB, memory: memory)
        tableEntry(placement, memory: memory).pointee = Float(
            sign: .plus, exponent: -exponentA - exponentB, significand: 1)
    }

    /// The first byte of a run.
    func address(_ run: AdapterLayout.Run, memory: PageMemory) -> UnsafeMutableRawPointer {
        memory.address(of: pages[run.page]) + run.offset
    }

    private func tableEntry(_ placement: AdapterLayout.Placement, memory: PageMemory) -> UnsafeMutablePointer<Float> {
        (memory.address(of: pages[placement.tablePage]) + placement.tableOffset).assumingMemoryBound(to: Float.self)
    }

    /// The power of two for one matrix: up to 2^14...2^15 for small values, never down while all fit.
    private func exponent(of values: UnsafeBufferPointer<Float>) -> Int {
        guard layout.element == .f16, let base = values.baseAddress else { return 0 }
        let largest = deck_largest_magnitude(base, values.count)
        guard largest > 0, largest.isFinite else { return 0 }
        let wanted = 14 - Int(largest.exponent)
        let fits = largest <= Float(Float16.greatestFiniteMagnitude)
        // 60 keeps the product of two factors, and its inverse, well inside f32.
        return min(60, fits ? max(0, wanted) : max(-60, wanted))
    }

    private func exponent(of halves: UnsafeBufferPointer<UInt16>) -> Int {
        guard let base = halves.baseAddress else { return 0 }
        let largest = Float(Float16(bitPattern: deck_largest_half(base, halves.count)))
        return largest > 0 && largest.isFinite ? max(0, 14 - Int(largest.exponent)) : 0
    }

    private func write(
        _ runs: [AdapterLayout.Run], rows: UnsafeBufferPointer<UInt16>, width: Int, exponent: Int, memory: PageMemory
    ) {
        let factor = Float(sign: .plus, exponent: exponent, significand: 1)
        guard let source = rows.baseAddress else { return }
        for run in runs {
            deck_scale_f16(
                source + run.firstRow * width, run.rowCount * width, factor,
                address(run, memory: memory).assumingMemoryBound(to: UInt16.self))
        }
    }

    private func write(
        _ runs: [AdapterLayout.Run], rows: UnsafeBufferPointer<Float>, width: Int, exponent: Int, memory: PageMemory
    ) {
        let factor = Float(sign: .plus, exponent: exponent, significand: 1)
        for run in runs {
            let target = address(run, memory: memory)
            let source = UnsafeBufferPointer(
                rebasing: rows[run.firstRow * width..<(run.firstRow + run.rowCount) * width])
            switch layout.element {
            case .f32:
                target.copyMemory(from: source.baseAddress!, byteCount: source.count * 4)
            case .f16:
                deck_store_f16(
                    source.baseAddress!, source.count, factor, target.assumingMemoryBound(to: UInt16.self), 1)
            }
        }
    }
}
