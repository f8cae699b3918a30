/// The bytes that each token decodes to, in one block.
struct TokenBytes: Sendable {
    private var storage: [UInt8] = []
    /// Where each token's bytes end; they start where those of the one before end.
    private var ends: [Int] = []

    init(count: Int) { ends.reserveCapacity(count) }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        storage.append(contentsOf: bytes)
        ends.append(storage.count)
    }

    subscript(token: Int) -> [UInt8] {
        guard ends.indices.contains(token) else { return [] }
        return Array(storage[(token == 0 ? 0 : ends[token - 1])..<ends[token]])
    }
}
