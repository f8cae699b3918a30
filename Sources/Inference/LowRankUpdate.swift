import CKernels
import ModelFiles

/// The adapter of one segment, as plain memory.
struct SegmentAdapter: BitwiseCopyable {
    let entries: UnsafePointer<LayoutIndex.Entry>
    let layerCount: Int
    let runs: UnsafePointer<LayoutIndex.Run>
    /// The adapter's page numbers
    let pages: UnsafePointer<Int32>

    /// Whoever makes one keeps the layout and the pages' list alive.
    init(_ index: LayoutIndex, pages: UnsafePointer<Int32>) {
        entries = index.entries
        layerCount = index.layerCount
        runs = index.runs
        self.pages = pages
    }

    func entry(_ module: LinearModule, layer: Int) -> LayoutIndex.Entry? {
        guard layer < layerCount else { return nil }
        let entry = entries[layer * LinearModule.allCases.count + module.rawValue]
        return entry.rank > 0 ? entry : nil
    }

    /// What x·Aᵀ is multiplied by: the adapter's scale, with the powers of two undone that its weights were stored with.
    func scale(_ entry: LayoutIndex.Entry, memory: PageMemory) -> Float {
        let table = memory.address(of: pages[Int(entry.tablePage)]) + Int(entry.tableOffset)
        return entry.scale * table.assumingMemoryBound(to: Float.self).pointee
    }

    func address(of run: LayoutIndex.Run, memory: PageMemory) -> UnsafeRawPointer {
        UnsafeRawPointer(memory.address(of: pages[Int(run.page)]) + Int(run.offset))
    }
}

/// y += scale · (x·Aᵀ)·Bᵀ for one segment's rows and one module (Punica's SGMV): shrink and expand over the pages where the
/// adapter stands.
struct LowRankUpdate: BitwiseCopyable {
    let adapter: SegmentAdapter
    let entry: LayoutIndex.Entry
    let element: PageElement
    /// The segment's first row in the step
    let firstRow: Int
    /// [the segment's rows × rank]: x·Aᵀ
    let t: UnsafeMutablePointer<Float>

    /// The expand of rows first ..< first + count of the step. `y` is row 0's.
    func expand(first: Int, count: Int, y: UnsafeMutablePointer<Float>, yStride: Int, memory: PageMemory) {
        let rank = Int(entry.rank)
        let width = Int(entry.outputSize)
        let weights = t + (first - firstRow) * rank
        let target = y + first * yStride
        for index in 0..<Int(entry.countB) {
            let run = adapter.runs[Int(entry.firstB) + index]
            let address = adapter.address(of: run, memory: memory)
            let from = weights + Int(run.firstRow)
            switch element {
            case .f16:
                deck_mix_f16(
                    address.assumingMemoryBound(to: UInt16.self), width, Int(run.rowCount), width, from, rank, count,
                    target,
                    yStride)
            case .f32:
                deck_mix_f32(
                    address.assumingMemoryBound(to: Float.self), width, Int(run.rowCount), width, from, rank, count,
                    target,
                    yStride)
            }
        }
    }
}

/// The shrink of one update over one of A's runs, in units of a few rows.
struct ShrinkJob: BitwiseCopyable {
    static let rowChunk = 32
    static let rankChunk = 32

    let element: PageElement
    /// The first of `rankCount` rank rows, neighbours in a page
    let address: UnsafeRawPointer
    let firstRank: Int
    let rankCount: Int
    let inputSize: Int
    let scale: Float
    /// [rows × inputSize]
    let x: UnsafePointer<Float>
    let rows: Int
    /// [rows × rank]
    let t: UnsafeMutablePointer<Float>
    let rank: Int

    private var rankChunks: Int { (rankCount + Self.rankChunk - 1) / Self.rankChunk }
    var unitCount: Int { (rows + Self.rowChunk - 1) / Self.rowChunk * rankChunks }

    func perform(_ unit: Int) {
        let first = unit % rankChunks * Self.rankChunk
        let count = min(Self.rankChunk, rankCount - first)
        let rowBytes = inputSize * element.bytes
        let a = address + first * rowBytes
        let type: TensorType = element == .f16 ? .f16 : .f32
        var row = unit / rankChunks * Self.rowChunk
        let end = min(rows, row + Self.rowChunk)
        while row < end {
            let taken = min(Int(DECK_PRODUCT_VECTORS), end - row)
            let target = t + row * rank + firstRank + first
            _ = deck_product(
                type.rawValue, a, rowBytes, count, inputSize, x + row * inputSize, inputSize, taken, target, rank, false
            )
            for line in 0..<taken {
                for index in 0..<count { target[line * rank + index] *= scale }
            }
            row += taken
        }
    }
}
