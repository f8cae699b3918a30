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
    let memory: PageMemory
    /// The segment's rows in the step
    let firstRow: Int
    let rowCount: Int
    /// [the segment's rows × rank]: x·Aᵀ
    let t: UnsafeMutablePointer<Float>

    var rank: Int { Int(entry.rank) }

    /// The shrink of all rows of the segment, for those of its rank rows that are named: t = scale · x·Aᵀ.
    /// `x` is the step's, [rows × inputSize].
    func shrink(_ rankRows: Range<Int>, x: UnsafePointer<Float>) {
        let width = Int(entry.inputSize)
        let scale = adapter.scale(entry, memory: memory)
        let source = x + firstRow * width
        for index in 0..<Int(entry.countA) {
            let run = adapter.runs[Int(entry.firstA) + index]
            let first = Int(run.firstRow)
            let taken = rankRows.clamped(to: first..<first + Int(run.rowCount))
            guard !taken.isEmpty else { continue }
            let address = adapter.address(of: run, memory: memory)
            let skipped = (taken.lowerBound - first) * width
            switch element {
            case .f16:
                let a = address.assumingMemoryBound(to: UInt16.self) + skipped
                deck_shrink_f16(a, taken.count, width, source, width, rowCount, scale, t + taken.lowerBound, rank)
            case .f32:
                let a = address.assumingMemoryBound(to: Float.self) + skipped
                deck_shrink_f32(a, taken.count, width, source, width, rowCount, scale, t + taken.lowerBound, rank)
            }
        }
    }

    /// The expand of some of the segment's rows, for the named columns of the output: y += t·Bᵀ. `y` is the step's.
    func expand(rows: Range<Int>, columns: Range<Int>, y: UnsafeMutablePointer<Float>, yStride: Int) {
        let width = Int(entry.outputSize)
        let weights = t + (rows.lowerBound - firstRow) * rank
        let target = y + rows.lowerBound * yStride + columns.lowerBound
        for index in 0..<Int(entry.countB) {
            let run = adapter.runs[Int(entry.firstB) + index]
            let address = adapter.address(of: run, memory: memory)
            let from = weights + Int(run.firstRow)
            switch element {
            case .f16:
                let b = address.assumingMemoryBound(to: UInt16.self) + columns.lowerBound
                deck_expand_f16(
                    b, width, Int(run.rowCount), columns.count, from, rank, rows.count, target, yStride)
            case .f32:
                let b = address.assumingMemoryBound(to: Float.self) + columns.lowerBound
                deck_expand_f32(
                    b, width, Int(run.rowCount), columns.count, from, rank, rows.count, target, yStride)
            }
        }
    }

    /// Asks memory for what an expand of the named columns reads: pieces of rows, which no processor guesses.
    func askAhead(columns: Range<Int>) {
        let width = Int(entry.outputSize) * element.bytes
        for index in 0..<Int(entry.countB) {
            let run = adapter.runs[Int(entry.firstB) + index]
            deck_ask_ahead(
                adapter.address(of: run, memory: memory) + columns.lowerBound * element.bytes, width,
                Int(run.rowCount), columns.count * element.bytes)
        }
    }

    /// All columns of some rows.
    func expand(rows: Range<Int>, y: UnsafeMutablePointer<Float>, yStride: Int) {
        expand(rows: rows, columns: 0..<Int(entry.outputSize), y: y, yStride: yStride)
    }

    /// The named columns of all rows.
    func expand(columns: Range<Int>, y: UnsafeMutablePointer<Float>, yStride: Int) {
        expand(rows: firstRow..<firstRow + rowCount, columns: columns, y: y, yStride: yStride)
    }
}

/// The shrinks of one segment's updates, which read the same rows, and whose A stand together: one unit, or units of a few
/// rank rows each. Every weight is read by one unit.
struct ShrinkJob: BitwiseCopyable {
    /// Rank rows of a unit of a tall segment
    static let unitRows = 8

    /// Where the segment's updates stand in the step's list
    let firstUpdate: Int
    let updateCount: Int
    /// Rank rows of all updates, where they are divided
    let dividedRows: Int?
    /// [the step's rows × inputSize]
    let x: UnsafePointer<Float>

    var isTall: Bool { dividedRows != nil }

    var unitCount: Int { dividedRows.map { ($0 + Self.unitRows - 1) / Self.unitRows } ?? 1 }

    func perform(_ unit: Int, updates: UnsafePointer<LowRankUpdate?>) {
        // Numbers the rank rows of all updates one after the other.
        let all = dividedRows == nil ? 0..<Int.max : unit * Self.unitRows..<(unit + 1) * Self.unitRows
        var first = 0
        for index in firstUpdate..<firstUpdate + updateCount {
            guard let update = updates[index] else { continue }
            let own = all.clamped(to: first..<first + update.rank)
            if !own.isEmpty { update.shrink(own.lowerBound - first..<own.upperBound - first, x: x) }
            first += update.rank
        }
    }
}
