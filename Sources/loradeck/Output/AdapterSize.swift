import DeckCore
import Inference
import ModelFiles
import ServingEngine

/// What an adapter takes of the pool, by the rule that the engine places it by (`AdapterPages`).
struct AdapterSize: Encodable {
    let pages: Int
    let pageBytes: Int
    /// Of its pages, what holds no weight.
    let overheadBytes: Int

    /// Nil where one of its rows is larger than a page.
    init?(_ shapes: [LoRAShape], precision: Precision, pageBytes: Int) {
        guard let layout = AdapterLayout(shapes: shapes, element: precision.pageElement, pageBytes: pageBytes) else {
            return nil
        }
        pages = layout.pageCount
        self.pageBytes = pageBytes
        overheadBytes = layout.overheadBytes
    }

    /// On a base, in pages as an engine has them by default.
    init?(_ shapes: [LoRAShape], on base: OpenedBase, precision: Precision) {
        let geometry = BaseGeometry(base.model.config, precision: precision)
        self.init(
            shapes, precision: precision,
            pageBytes: geometry.pageBytes(tokensPerPage: EngineOptions(memoryBytes: 0).tokensPerPage))
    }

    var bytes: Int { pages * pageBytes }
    var pageWords: String { pages.counted("page") }
    var overheadWords: String {
        Fixed.text(100 * Double(overheadBytes) / Double(max(1, bytes)), digits: 1) + "% overhead"
    }

    private enum CodingKeys: String, CodingKey {
        case pages
        case pageBytes = "page_bytes"
        case overheadBytes = "overhead_bytes"
    }
}
