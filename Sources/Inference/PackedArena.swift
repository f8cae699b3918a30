import CKernels
import Glibc
import ModelFiles

/// The memory of a model's repacked matrices: one anonymous mapping, as large as the matrices in their file.
///
/// Repacking happens once at load, on the whole team; the file's own pages are given back to the system as it goes, so
/// that the model is in memory once.
final class PackedArena: Sendable {
    /// Written by `pack` alone, before anybody else has the arena; read-only from then on.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    private let byteCount: Int

    /// Nil when the system refuses the memory; the matrices then stay as they are.
    private init?(byteCount: Int) {
        let mapped = mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        // Fewer, larger pages spare address translation when every byte is read at each step; refusal does no harm.
        madvise(mapped, byteCount, MADV_HUGEPAGE)
        base = mapped
        self.byteCount = byteCount
    }

    deinit { munmap(base, byteCount) }

    /// Repacks every matrix that can be, and remembers its place in it. Nil when none can.
    static func pack(
        _ matrices: inout [WeightMatrix], for instructions: deck_instructions, on team: WorkerTeam
    ) -> PackedArena? {
        var shapes: [(index: Int, shape: deck_packed, offset: Int)] = []
        var offset = 0
        for (index, matrix) in matrices.enumerated() {
            var shape = deck_packed()
            guard deck_packed_shape(matrix.type.rawValue, matrix.rows, matrix.columns, &shape) else { continue }
            shapes.append((index, shape, offset))
            offset += PackedMatrix.byteCount(shape)
        }
        guard offset > 0, let arena = PackedArena(byteCount: offset) else { return nil }
        for place in shapes {
            let matrix = matrices[place.index]
            var shape = place.shape
            let target = (arena.base + place.offset).assumingMemoryBound(to: UInt8.self)
            guard arena.fill(target, matrix, shape, on: team) else { continue }
            shape.panels = UnsafePointer(target)
            matrices[place.index].packed = PackedMatrix(shape: shape, instructions: instructions)
            matrix.releaseFilePages()
        }
        return arena
    }

    /// False when the matrix has scales that half precision does not hold.
    private func fill(
        _ target: UnsafeMutablePointer<UInt8>, _ matrix: WeightMatrix, _ shape: deck_packed, on team: WorkerTeam
    ) -> Bool {
        let chunk = 8
        let panels = PackedMatrix.panelCount(shape)
        let units = (panels + chunk - 1) / chunk
        return withUnsafeTemporaryAllocation(of: Bool.self, capacity: units) { fits in
            team.run(units) { unit, _ in
                var shape = shape
                let first = unit * chunk
                fits[unit] = deck_pack(
                    matrix.type.rawValue, &shape, matrix.address(row: 0), matrix.rowBytes, first,
                    min(chunk, panels - first), target)
            }
            return fits.allSatisfy { $0 }
        }
    }
}
