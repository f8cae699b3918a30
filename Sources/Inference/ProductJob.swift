import CKernels
import COpenBLAS
import ModelFiles

/// y = x · Wᵀ (+ bias) for all rows of a step, cut into units of neighbouring weight rows.
///
/// Repacked weights meet quantised activations in integer products, for any number of rows. Others are read as they stand in
/// the file: few rows read each packed weight once, in registers; more rows decode a tile of weights into the worker's
/// own cache and let OpenBLAS multiply it on this one thread: the team is the parallelism.
struct ProductJob: BitwiseCopyable {
    /// Rows up to which packed weights are read in registers. For more rows a decoded tile pays for itself (measured).
    static let fusedRows = 4
    /// Floats of one worker's tile: fits a second-level cache together with the rows that pass it.
    static let tileFloats = 96 * 1024
    /// Multiplications up to which OpenBLAS takes its kernels for small matrices, which do not repack their operands: half
    /// the time of the others at 8 to 48 rows (measured).
    static let smallProduct = 1_000_000

    let weights: WeightMatrix
    /// [weights.rows], or nil
    let bias: UnsafePointer<Float>?
    /// [rows × weights.columns]
    let x: Activations
    /// [rows × weights.rows]
    let y: UnsafeMutablePointer<Float>
    let yStride: Int
    let rows: Int
    /// Add to `y` (a residual stream) instead of replacing it.
    let accumulates: Bool
    /// Which of the step's tall updates belong to this product: their expands follow it, unit by unit, while its columns are
    /// in the cache.
    let firstUpdate: Int
    let updateCount: Int

    /// Weight rows of one unit.
    private let chunk: Int

    init(
        weights: WeightMatrix, bias: UnsafePointer<Float>?, x: Activations, y: UnsafeMutablePointer<Float>,
        yStride: Int, rows: Int, accumulates: Bool, updates: Range<Int> = 0..<0
    ) {
        self.weights = weights
        self.bias = bias
        self.x = x
        self.y = y
        self.yStride = yStride
        self.rows = rows
        self.accumulates = accumulates
        firstUpdate = updates.lowerBound
        updateCount = updates.count
        chunk =
            weights.packed == nil
            ? Self.chunk(rows: rows, columns: weights.columns)
            : Self.packedChunk(rows: rows, columns: weights.columns, of: weights.rows)
    }

    private static func chunk(rows: Int, columns: Int) -> Int {
        if rows <= fusedRows { return max(4, min(256, 24 * 1024 / columns)) }
        let small = smallProduct / (rows * columns) & ~7
        return small >= 8 ? min(small, 48) : max(16, min(96, tileFloats / columns))
    }

    /// Whole panels, about ten microseconds of work a unit: short enough to share evenly, long enough to be worth claiming.
    private static func packedChunk(rows: Int, columns: Int, of count: Int) -> Int {
        let panel = Int(DECK_PANEL_ROWS)
        let panels = max(1, unitProducts / (rows * columns * panel))
        // At least a few units, so that a team of any usual size has work.
        return min(panels, max(1, count / (panel * 8))) * panel
    }

    /// Multiplications of one unit over repacked weights.
    private static let unitProducts = 1_500_000

    /// Floats that a worker needs for the widest matrix.
    static func tileFloats(columns: Int) -> Int { max(tileFloats, 16 * columns) }

    var unitCount: Int { (weights.rows + chunk - 1) / chunk }

    /// `tile` has `tileFloats(columns:)` floats of the worker's own. Integer products ask memory for `ahead` meanwhile.
    func perform(_ unit: Int, tile: UnsafeMutablePointer<Float>, ahead: deck_ahead) {
        let first = unit * chunk
        let count = min(chunk, weights.rows - first)
        let target = y + first
        if let bias { addBias(bias + first, count, to: target) }
        let adds = accumulates || bias != nil
        if let packed = weights.packed, let quantised = x.quantised {
            var shape = packed.shape
            var ahead = ahead
            deck_packed_product(
                packed.instructions, &shape, first / Int(DECK_PANEL_ROWS),
                (count + Int(DECK_PANEL_ROWS) - 1) / Int(DECK_PANEL_ROWS), quantised.values, quantised.factors, rows, y,
                yStride, adds, &ahead)
            return
        }
        if rows <= Self.fusedRows {
            let isKnown = deck_product(
                weights.type.rawValue, weights.address(row: first), weights.rowBytes, count, weights.columns, x.floats,
                x.columns, rows, target, yStride, adds)
            assert(isKnown)
            return
        }
        let floats: UnsafePointer<Float>
        if let stored = weights.floats(from: first) {
            floats = stored
        } else {
            weights.decode(from: first, count: count, into: tile)
            floats = UnsafePointer(tile)
        }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(count), Int32(weights.columns), 1,
            x.floats, Int32(x.columns), floats, Int32(weights.columns), adds ? 1 : 0, target, Int32(yStride))
    }

    /// Before a unit's product: what its expands will read comes into the cache meanwhile.
    func askAhead(_ unit: Int, updates all: UnsafePointer<LowRankUpdate>) {
        let columns = unit * chunk..<min((unit + 1) * chunk, weights.rows)
        for index in firstUpdate..<firstUpdate + updateCount { all[index].askAhead(columns: columns) }
    }

    /// The adapters' part of a unit whose product is done.
    func expand(_ unit: Int, updates all: UnsafePointer<LowRankUpdate>) {
        let columns = unit * chunk..<min((unit + 1) * chunk, weights.rows)
        for index in firstUpdate..<firstUpdate + updateCount {
            all[index].expand(columns: columns, y: y, yStride: yStride)
        }
    }

    private func addBias(_ bias: UnsafePointer<Float>, _ count: Int, to target: UnsafeMutablePointer<Float>) {
        for row in 0..<rows {
            let line = target + row * yStride
            if accumulates {
                for column in 0..<count { line[column] += bias[column] }
            } else {
                line.update(from: bias, count: count)
            }
        }
    }
}
