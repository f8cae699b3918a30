/// The bytes of the page pool, as the forward pass sees them: numbered pages of one size, without owners.
///
/// Sendable by contract: the pool hands out disjoint pages, and whoever holds a page is the only one to write it.
public struct PageMemory: @unchecked Sendable, BitwiseCopyable {
    public let base: UnsafeMutableRawPointer
    /// A multiple of 64.
    public let pageBytes: Int
    public let pageCount: Int

    public init(base: UnsafeMutableRawPointer, pageBytes: Int, pageCount: Int) {
        self.base = base
        self.pageBytes = pageBytes
        self.pageCount = pageCount
    }

    /// The first byte of a page. `page` is in 0..<pageCount.
    public func address(of page: Int32) -> UnsafeMutableRawPointer { base + Int(page) * pageBytes }
}
