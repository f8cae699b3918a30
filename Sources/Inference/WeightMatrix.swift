import CKernels
import ModelFiles

/// A weight matrix as it stands in the mapped file: [rows × columns], packed by rows.
///
/// Names memory without owning it, so that jobs can hold it without reference counting; whoever makes one keeps the
/// tensor alive.
struct WeightMatrix: Sendable {
    let type: TensorType
    let rows: Int
    let columns: Int
    let rowBytes: Int
    /// Read-only, and kept alive by the transformer's list of tensors.
    private nonisolated(unsafe) let base: UnsafeRawPointer

    /// Nil for an empty tensor.
    init?(_ view: TensorView) {
        guard let base = view.bytes.baseAddress else { return nil }
        self.base = base
        type = view.type
        rows = view.rows
        columns = view.columns
        rowBytes = view.rowBytes
    }

    func address(row: Int) -> UnsafeRawPointer { base + row * rowBytes }

    /// Decodes neighbouring rows to [count × columns].
    func decode(from row: Int, count: Int, into target: UnsafeMutablePointer<Float>) {
        let isKnown = deck_decode(type.rawValue, address(row: row), count * columns, target)
        assert(isKnown)
    }

    /// The rows as f32 where they stand, when they are stored so and aligned.
    func floats(from row: Int) -> UnsafePointer<Float>? {
        let address = address(row: row)
        guard type == .f32, Int(bitPattern: address) % MemoryLayout<Float>.alignment == 0 else { return nil }
        return address.assumingMemoryBound(to: Float.self)
    }
}
