/// Bits from the lowest of each byte on. A copy is a place to come back to.
struct BitReader: Sendable {
    private var bytes: [UInt8] = []
    /// In bits, from the first byte.
    private var position = 0

    mutating func add(_ more: some Sequence<UInt8>) { bytes += more }

    /// Nil when there are fewer.
    mutating func take(_ count: Int) -> Int? {
        guard position + count <= bytes.count * 8 else { return nil }
        var value = 0
        for bit in 0..<count {
            let place = position + bit
            value |= Int(bytes[place >> 3] >> UInt8(place & 7) & 1) << bit
        }
        position += count
        return value
    }

    /// To the next byte's border.
    mutating func align() { position = (position + 7) & ~7 }

    mutating func forgetRead() {
        bytes.removeFirst(position >> 3)
        position &= 7
    }
}
