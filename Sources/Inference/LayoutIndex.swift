import DeckCore
import ModelFiles

/// An adapter layout as the step reads it: plain memory, found by layer and module without search, copies or reference
/// counts. Made once a layout, shared by every adapter of that layout.
///
/// Both tables are written in `init` and freed in `deinit`; nobody writes them in between.
final class LayoutIndex: Sendable {
    /// Neighbouring rank rows inside one page.
    struct Run: BitwiseCopyable {
        /// Index into the adapter's own list of pages
        let page: Int32
        /// Bytes from the page's start
        let offset: Int32
        let firstRow: Int32
        let rowCount: Int32
    }

    /// One module of one layer; rank 0 where the adapter does nothing.
    struct Entry: BitwiseCopyable {
        var rank: Int32 = 0
        var inputSize: Int32 = 0
        var outputSize: Int32 = 0
        var scale: Float = 0
        /// Where A's and B's runs stand among all runs
        var firstA: Int32 = 0
        var countA: Int32 = 0
        var firstB: Int32 = 0
        var countB: Int32 = 0
        var tablePage: Int32 = 0
        var tableOffset: Int32 = 0
    }

    /// [layers × modules], by layer, then `LinearModule.rawValue`
    nonisolated(unsafe) let entries: UnsafePointer<Entry>
    let layerCount: Int
    nonisolated(unsafe) let runs: UnsafePointer<Run>

    init(_ placements: [AdapterLayout.Placement]) {
        let modules = LinearModule.allCases.count
        layerCount = (placements.map(\.shape.layer).max() ?? -1) + 1
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: max(1, layerCount * modules))
        entries.update(repeating: Entry(), count: layerCount * modules)
        let runCount = placements.reduce(0) { $0 + $1.a.count + $1.b.count }
        let runs = UnsafeMutablePointer<Run>.allocate(capacity: max(1, runCount))
        var next = 0
        func store(_ list: [AdapterLayout.Run]) -> (first: Int32, count: Int32) {
            let first = next
            for run in list {
                runs[next] = Run(
                    page: Int32(run.page), offset: Int32(run.offset), firstRow: Int32(run.firstRow),
                    rowCount: Int32(run.rowCount))
                next += 1
            }
            return (Int32(first), Int32(list.count))
        }
        for placement in placements {
            let shape = placement.shape
            let a = store(placement.a)
            let b = store(placement.b)
            entries[shape.layer * modules + shape.module.rawValue] = Entry(
                rank: Int32(shape.rank), inputSize: Int32(shape.inputSize), outputSize: Int32(shape.outputSize),
                scale: shape.scale, firstA: a.first, countA: a.count, firstB: b.first, countB: b.count,
                tablePage: Int32(placement.tablePage), tableOffset: Int32(placement.tableOffset))
        }
        self.entries = UnsafePointer(entries)
        self.runs = UnsafePointer(runs)
    }

    deinit {
        entries.deallocate()
        runs.deallocate()
    }
}
