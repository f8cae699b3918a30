/// A set of tokens of one vocabulary, a bit each.
struct TokenMask: Hashable, Sendable {
    private var words: [UInt64]

    init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

    mutating func insert(_ token: Int) { words[token >> 6] |= 1 << UInt64(token & 63) }
    func contains(_ token: Int) -> Bool { words[token >> 6] >> UInt64(token & 63) & 1 == 1 }

    /// Makes every token outside impossible.
    func apply(to logits: UnsafeMutableBufferPointer<Float>) {
        for (index, word) in words.enumerated() where word != .max {
            let start = index * 64
            let end = min(start + 64, logits.count)
            guard start < end else { return }
            for token in start..<end where word >> UInt64(token - start) & 1 == 0 { logits[token] = -.infinity }
        }
    }
}
