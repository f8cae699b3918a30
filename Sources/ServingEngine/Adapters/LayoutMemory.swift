import Inference
import ModelFiles
import Synchronization

/// The latest layouts, so that adapters of one recipe share theirs: a deck of thousands keeps a few.
final class LayoutMemory: Sendable {
    private struct Entry {
        let layout: AdapterLayout
        let shapes: [LoRAShape]
        /// Of each module, as proofs name them.
        let paths: [String]
    }

    private let limit: Int
    /// Latest used last.
    private let entries = Mutex<[Entry]>([])

    /// Keeps at most `limit` layouts.
    init(limit: Int) { self.limit = limit }

    /// As `AdapterLayout.init`: nil when one rank row is larger than a page.
    func layout(shapes: [LoRAShape], element: PageElement, pageBytes: Int) -> AdapterLayout? {
        entries.withLock { entries in
            let known = entries.firstIndex {
                $0.layout.element == element && $0.layout.pageBytes == pageBytes && $0.shapes == shapes
            }
            if let known {
                entries.append(entries.remove(at: known))
            } else {
                guard let layout = AdapterLayout(shapes: shapes, element: element, pageBytes: pageBytes) else {
                    return nil
                }
                entries.append(Entry(layout: layout, shapes: shapes, paths: Self.paths(of: shapes)))
                if entries.count > limit { entries.removeFirst() }
            }
            return entries.last?.layout
        }
    }

    /// The modules' paths inside the model, in the order of the placements.
    func paths(of layout: AdapterLayout) -> [String] {
        let shapes = layout.placements.map(\.shape)
        return entries.withLock { entries in entries.first { $0.shapes == shapes }?.paths } ?? Self.paths(of: shapes)
    }

    private static func paths(of shapes: [LoRAShape]) -> [String] {
        shapes.map { $0.module.path(layer: $0.layer) }
    }
}
