/// A canonical prefix code, read bit by bit (RFC 1951, section 3.2.2).
struct HuffmanTable: Sendable {
    static let longest = 15

    /// How many codes of each length there are, and their symbols in order.
    private var counts = [Int](repeating: 0, count: longest + 1)
    private var symbols: [Int] = []

    /// Throws when more codes are given than fit their lengths.
    init(lengths: some Sequence<Int>) throws(InflateError) {
        let coded = lengths.enumerated().filter { $0.element > 0 }
        for (_, length) in coded { counts[length] += 1 }
        symbols = coded.sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.offset)
        var left = 1
        for length in 1...Self.longest {
            left = left << 1 - counts[length]
            guard left >= 0 else { throw InflateError("a code has more symbols than it can tell apart") }
        }
    }

    /// The next symbol; nil when the bits end before it does.
    func next(_ bits: inout BitReader) throws(InflateError) -> Int? {
        var code = 0
        var first = 0
        var index = 0
        for length in 1...Self.longest {
            guard let bit = bits.take(1) else { return nil }
            code |= bit
            let count = counts[length]
            if code - first < count { return symbols[index + code - first] }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        throw InflateError("bits that are no code")
    }
}
