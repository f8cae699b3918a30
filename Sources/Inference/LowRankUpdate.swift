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

    /// The shrink of rows first ..< first + count of the step: t = scale · x·Aᵀ. `x` is row 0's, [rows × inputSize].
    func shrink(first: Int, count: Int, x: UnsafePointer<Float>, memory: PageMemory) {
        let rank = Int(entry.rank)
        let width = Int(entry.inputSize)
        let scale = adapter.scale(entry, memory: memory)
        let source = x + first * width
        for index in 0..<Int(entry.countA) {
            let run = adapter.runs[Int(entry.firstA) + index]
            let address = adapter.address(of: run, memory: memory)
            let target = t + (first - firstRow) * rank + Int(run.firstRow)
            switch element {
            case .f16:
                let a = address.assumingMemoryBound(to: UInt16.self)
                deck_shrink_f16(a, Int(run.rowCount), width, source, width, count, scale, target, rank)
            case .f32:
                let a = address.assumingMemoryBound(to: Float.self)
                deck_shrink_f32(a, Int(run.rowCount), width, source, width, count, scale, target, rank)
            }
        }
    }

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
                let b = address.assumingMemoryBound(to: UInt16.self)
                deck_expand_f16(b, Int(run.rowCount), width, from, rank, count, target, yStride)
            case .f32:
                let b = address.assumingMemoryBound(to: Float.self)
                deck_expand_f32(b, Int(run.rowCount), width, from, rank, count, target, yStride)
            }
        }
    }
}

/// The shrinks of one segment's updates, in units of a few rows: they read the same rows, and their A stand together.
struct ShrinkJob: BitwiseCopyable {
    /// Four of the kernel's tiles of vectors.
    static let rowChunk = 24

    /// Where the segment's updates stand in the step's list
    let firstUpdate: Int
    let updateCount: Int
    let firstRow: Int
    let rows: Int
    /// [the step's rows × inputSize]
    let x: UnsafePointer<Float>
    let memory: PageMemory

    var unitCount: Int { (rows + Self.rowChunk - 1) / Self.rowChunk }

    func perform(_ unit: Int, updates: UnsafePointer<LowRankUpdate?>) {
        let done = unit * Self.rowChunk
        for index in firstUpdate..<firstUpdate + updateCount {
            updates[index]?.shrink(
                first: firstRow + done, count: min(Self.rowChunk, rows - done), x: x, memory: memory)
        }
    }
}
