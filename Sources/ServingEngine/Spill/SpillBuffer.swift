import Inference

/// One sequence's KV pages in memory of their own, on their way to disk or back.
///
/// No other thread ever touches the pool's pages for this: the step thread copies into the buffer, and out of it, between
/// two steps, so a sequence may end or lose its pages at any moment of a write or a read.
///
/// Sendable by contract: it is written once, by whoever made it, before anybody else sees it.
final class SpillBuffer: @unchecked Sendable {
    let pageCount: Int
    let pageBytes: Int
    private let bytes: UnsafeMutableRawPointer

    init(pageCount: Int, pageBytes: Int) {
        self.pageCount = pageCount
        self.pageBytes = pageBytes
        bytes = .allocate(byteCount: max(1, pageCount * pageBytes), alignment: 64)
    }

    deinit { bytes.deallocate() }

    /// Where page `index` of the sequence stands.
    func page(_ index: Int) -> UnsafeMutableRawPointer { bytes + index * pageBytes }

    func copy(from pages: [Int32], of memory: PageMemory) {
        for (index, page) in pages.enumerated() {
            self.page(index).copyMemory(from: memory.address(of: page), byteCount: pageBytes)
        }
    }

    /// Copies pages `first` and on into the last of `pages`: entry i of `pages` is the sequence's page i.
    func restore(from first: Int, to pages: [Int32], of memory: PageMemory) {
        for index in first..<pageCount {
            memory.address(of: pages[index]).copyMemory(from: page(index), byteCount: pageBytes)
        }
    }
}
