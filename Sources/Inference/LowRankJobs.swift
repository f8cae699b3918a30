import CKernels
import ModelFiles

/// Rank rows of a matrix that stand together in a page.
struct RankRows {
    let address: UnsafeRawPointer
    /// Index of the first one in the whole matrix.
    let firstRow: Int
    let count: Int
}

/// t = scale · x·Aᵀ for the rows of one segment and some rank rows of one module (Punica's SGMV shrink).
struct ShrinkJob {
    static let rowChunk = 32
    static let rankChunk = 32

    let element: PageElement
    let rankRows: RankRows
    let inputSize: Int
    let scale: Float
    /// [rows × inputSize]
    let x: UnsafePointer<Float>
    let xStride: Int
    let rows: Int
    /// [rows × rank]
    let t: UnsafeMutablePointer<Float>
    let rank: Int

    private var rankChunks: Int { (rankRows.count + Self.rankChunk - 1) / Self.rankChunk }
    var unitCount: Int { (rows + Self.rowChunk - 1) / Self.rowChunk * rankChunks }

    func perform(_ unit: Int) {
        let firstRank = unit % rankChunks * Self.rankChunk
        let rankCount = min(Self.rankChunk, rankRows.count - firstRank)
        let rowBytes = inputSize * element.bytes
        let a = rankRows.address + firstRank * rowBytes
        let type: TensorType = element == .f16 ? .f16 : .f32
        var row = unit / rankChunks * Self.rowChunk
        let end = min(rows, row + Self.rowChunk)
        while row < end {
            let taken = min(Int(DECK_PRODUCT_VECTORS), end - row)
            let target = t + row * rank + rankRows.firstRow + firstRank
            _ = deck_product(
                type.rawValue, a, rowBytes, rankCount, inputSize, x + row * xStride, xStride, taken, target, rank, false
            )
            for line in 0..<taken {
                for index in 0..<rankCount { target[line * rank + index] *= scale }
            }
            row += taken
        }
    }
}

/// y += t·Bᵀ for the rows of one segment and one module, over all its rank rows in order (SGMV expand).
struct ExpandJob {
    static let rowChunk = 32
    /// A multiple of the kernels' sixteen lanes.
    static let columnChunk = 256

    let element: PageElement
    /// Where this module's runs stand in the work list.
    let runs: Range<Int>
    let outputSize: Int
    /// [rows × rank]
    let t: UnsafePointer<Float>
    let rank: Int
    /// [rows × outputSize]
    let y: UnsafeMutablePointer<Float>
    let yStride: Int
    let rows: Int

    private var columnChunks: Int { (outputSize + Self.columnChunk - 1) / Self.columnChunk }
    var unitCount: Int { (rows + Self.rowChunk - 1) / Self.rowChunk * columnChunks }

    func perform(_ unit: Int, allRuns: UnsafeBufferPointer<RankRows>) {
        let column = unit % columnChunks * Self.columnChunk
        let width = min(Self.columnChunk, outputSize - column)
        let row = unit / columnChunks * Self.rowChunk
        let count = min(Self.rowChunk, rows - row)
        let target = y + row * yStride + column
        for index in runs {
            let run = allRuns[index]
            let weights = t + row * rank + run.firstRow
            switch element {
            case .f16:
                let b = run.address.assumingMemoryBound(to: UInt16.self) + column
                deck_mix_f16(b, outputSize, run.count, width, weights, rank, count, target, yStride)
            case .f32:
                let b = run.address.assumingMemoryBound(to: Float.self) + column
                deck_mix_f32(b, outputSize, run.count, width, weights, rank, count, target, yStride)
            }
        }
    }
}
