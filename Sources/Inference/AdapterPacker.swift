import CKernels
import ModelFiles

/// Brings an adapter's matrices from the form of their file into its pages, one module at a time, and measures their
/// updates on the way.
///
/// It owns the work space, a few times the largest matrix, so that a load allocates nothing per module. What is stored in
/// f16 and wanted in f16 never becomes f32. Used by one thread at a time.
public final class AdapterPacker {
    private let adapter: PackedAdapter
    private let memory: PageMemory
    /// B transposed, [rank × outputSize], in its stored type.
    private let transposed: UnsafeMutableRawBufferPointer
    /// A and B transposed in f32, where something needs them so; allocated when first used.
    private var floatsA: UnsafeMutableBufferPointer<Float>?
    private var floatsB: UnsafeMutableBufferPointer<Float>?
    private var products: [Float] = []

    /// `memory` has the adapter's pages, which nobody else uses yet.
    public init(_ adapter: PackedAdapter, memory: PageMemory) {
        self.adapter = adapter
        self.memory = memory
        let largest = adapter.layout.placements.map { $0.shape.rank * $0.shape.outputSize }.max() ?? 0
        transposed = .allocate(byteCount: largest * 4, alignment: 64)
    }

    deinit {
        transposed.deallocate()
        floatsA?.deallocate()
        floatsB?.deallocate()
    }

    /// Writes one module into the pages as `PackedAdapter.write` does. `a` is [rank × inputSize], `b` is
    /// [outputSize × rank]; `index` is the placement's. Returns the Frobenius norm of scale·B·A when `measures` is set.
    @discardableResult
    public func write(_ index: Int, a: StoredMatrix, b: StoredMatrix, measures: Bool) -> Double? {
        let placement = adapter.layout.placements[index]
        let shape = placement.shape
        precondition(a.rows == shape.rank && a.columns == shape.inputSize)
        precondition(b.rows == shape.outputSize && b.columns == shape.rank)
        let turned = transpose(b)
        let inHalves = adapter.layout.element == .f16 && a.type == .f16 && b.type == .f16
        if inHalves {
            adapter.write(
                index, a: a.bytes.bindMemory(to: UInt16.self), bTransposed: turned.bindMemory(to: UInt16.self),
                memory: memory)
        }
        guard measures || !inHalves else { return nil }
        let first = floats(of: a.bytes, a.type, a.count, in: &floatsA, room: \.inputSize)
        let second = floats(of: turned, b.type, b.count, in: &floatsB, room: \.outputSize)
        if !inHalves { adapter.write(index, a: first, bTransposed: second, memory: memory) }
        return measures ? norm(shape, first, second) : nil
    }

    private func transpose(_ b: StoredMatrix) -> UnsafeRawBufferPointer {
        guard let source = b.bytes.baseAddress, let target = transposed.baseAddress else { return b.bytes }
        if b.type == .f32 {
            deck_transpose_32(
                source.assumingMemoryBound(to: UInt32.self), b.rows, b.columns,
                target.assumingMemoryBound(to: UInt32.self))
        } else {
            deck_transpose_16(
                source.assumingMemoryBound(to: UInt16.self), b.rows, b.columns,
                target.assumingMemoryBound(to: UInt16.self))
        }
        return UnsafeRawBufferPointer(rebasing: transposed[..<b.bytes.count])
    }

    /// The values in f32: where they stand if they are, in the work space otherwise.
    private func floats(
        of bytes: UnsafeRawBufferPointer, _ type: TensorType, _ count: Int,
        in space: inout UnsafeMutableBufferPointer<Float>?, room: KeyPath<LoRAShape, Int>
    ) -> UnsafeBufferPointer<Float> {
        guard type != .f32, let source = bytes.baseAddress else { return bytes.bindMemory(to: Float.self) }
        let target =
            space
            ?? .allocate(capacity: adapter.layout.placements.map { $0.shape.rank * $0.shape[keyPath: room] }.max() ?? 0)
        space = target
        let isKnown = deck_decode(type.rawValue, source, count, target.baseAddress)
        precondition(isKnown, "adapters are stored in f32, f16 or bf16")
        return UnsafeBufferPointer(rebasing: target[..<count])
    }

    /// ‖BA‖² is the sum over the elementwise product of the Gram matrices AAᵀ and BᵀB, as in `updateNorm`; four rows of
    /// both at a time, so that a large rank needs no square of it.
    private func norm(_ shape: LoRAShape, _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) -> Double {
        let rank = shape.rank
        if products.count < 8 * rank { products = [Float](repeating: 0, count: 8 * rank) }
        var sum = 0.0
        products.withUnsafeMutableBufferPointer { products in
            guard let first = products.baseAddress else { return }
            let second = first + 4 * rank
            for start in stride(from: 0, to: rank, by: 4) {
                let count = min(4, rank - start)
                deck_row_products(a.baseAddress!, shape.inputSize, start, count, first, rank)
                deck_row_products(b.baseAddress!, shape.outputSize, start, count, second, rank)
                for row in 0..<count {
                    // Both matrices are symmetric: what stands right of the diagonal is counted from its left.
                    for column in 0..<start + row {
                        sum += 2 * Double(first[row * rank + column]) * Double(second[row * rank + column])
                    }
                    sum += Double(first[row * rank + start + row]) * Double(second[row * rank + start + row])
                }
            }
        }
        return Double(abs(shape.scale)) * max(0, sum).squareRoot()
    }
}
