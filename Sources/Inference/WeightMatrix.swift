import CKernels
import Glibc
import ModelFiles

/// A weight matrix as it stands in the mapped file, [rows × columns] by rows, and repacked for integer products where that
/// was done.
///
/// Names memory without owning it, so that jobs can hold it without reference counting; whoever makes one keeps the
/// tensor alive.
struct WeightMatrix: Sendable, BitwiseCopyable {
    let type: TensorType
    let rows: Int
    let columns: Int
    let rowBytes: Int
    /// Read-only, and kept alive by the transformer's list of tensors.
    private nonisolated(unsafe) let base: UnsafeRawPointer
    var packed: PackedMatrix?

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

    /// Gives the file's pages that only this matrix touches back to the system; they come again when they are read.
    func releaseFilePages() {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (Int(bitPattern: base) + page - 1) / page * page
        let end = (Int(bitPattern: base) + rows * rowBytes) / page * page
        guard start < end, let address = UnsafeMutableRawPointer(bitPattern: start) else { return }
        madvise(address, end - start, MADV_DONTNEED)
    }
}
