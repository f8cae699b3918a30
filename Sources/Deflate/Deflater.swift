/// Writes a zlib stream (RFC 1950, 1951) piece by piece, so that each piece can be read when it is there.
///
/// A piece refers to nothing before it: it is packed once, by `pack`, for any number of streams, wherever each of them
/// began. Matches are found greedily over chains of equal triples, as zlib does at its faster levels; the codes are the fixed
/// ones, which for pieces of some kilobytes cost about what a table of their own would.
public struct Deflater: Sendable {
    private var checksum = Adler32()

    public init() {}

    /// What the stream begins with.
    public var head: [UInt8] { [0x78, 0x01] }

    /// Counts a piece that was packed elsewhere into the stream's checksum.
    public mutating func count(_ piece: [UInt8]) { checksum.add(piece) }

    /// What the stream ends with: an empty last block, and the checksum.
    public var tail: [UInt8] {
        let value = checksum.value
        return [0x03, 0x00] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A piece as blocks that end on a byte's border.
    public static func pack(_ piece: [UInt8]) -> [UInt8] {
        var writer = BitWriter()
        if !piece.isEmpty {
            writer.put(0b010, bits: 3)
            var matches = MatchFinder(piece)
            while matches.position < piece.count {
                if let match = matches.next() {
                    writer.putLength(match.length)
                    writer.putDistance(match.distance)
                } else {
                    writer.putLiteral(Int(piece[matches.position - 1]))
                }
            }
            writer.putLiteral(DeflateCodes.endOfBlock)
        }
        // An empty stored block: zlib's Z_SYNC_FLUSH.
        writer.put(0b000, bits: 3)
        writer.align()
        return writer.bytes + [0x00, 0x00, 0xFF, 0xFF]
    }
}

/// Finds in a piece what stood in it before.
private struct MatchFinder {
    private static let triples = 1 << 13
    private static let longestChain = 48

    private let bytes: [UInt8]
    /// The newest place of each hash, and the one before each place; -1 ends a chain.
    private var newest = [Int](repeating: -1, count: Self.triples)
    private var earlier: [Int]
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        earlier = [Int](repeating: -1, count: bytes.count)
    }

    /// The longest match at the position, which moves behind it; nil for none, and the position moves by one byte.
    mutating func next() -> (length: Int, distance: Int)? {
        let limit = min(bytes.count - position, DeflateCodes.longestMatch)
        var best = 2
        var distance = 0
        if limit > best {
            var candidate = newest[hash(position)]
            var steps = 0
            while candidate >= 0, position - candidate <= DeflateCodes.window, steps < Self.longestChain {
                var length = 0
                while length < limit, bytes[candidate + length] == bytes[position + length] { length += 1 }
                if length > best {
                    (best, distance) = (length, position - candidate)
                    if length == limit { break }
                }
                candidate = earlier[candidate]
                steps += 1
            }
        }
        let length = distance > 0 ? best : 1
        for place in position..<min(position + length, max(position, bytes.count - 2)) {
            earlier[place] = newest[hash(place)]
            newest[hash(place)] = place
        }
        position += length
        return distance > 0 ? (best, distance) : nil
    }

    private func hash(_ place: Int) -> Int {
        let triple = UInt32(bytes[place]) << 16 | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2])
        return Int(truncatingIfNeeded: (triple &* 0x9E37_79B1) >> 19)
    }
}

/// Bits from the lowest of each byte on.
private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var pending: UInt32 = 0
    private var count = 0

    mutating func put(_ value: Int, bits: Int) {
        pending |= UInt32(truncatingIfNeeded: value) << count
        count += bits
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    mutating func align() { if count > 0 { put(0, bits: 8 - count) } }

    /// Codes are written from their highest bit on.
    private mutating func putCode(_ code: Int, bits: Int) {
        var reversed = 0
        for bit in 0..<bits where code >> bit & 1 == 1 { reversed |= 1 << (bits - 1 - bit) }
        put(reversed, bits: bits)
    }

    mutating func putLiteral(_ symbol: Int) {
        switch symbol {
        case ..<144: putCode(0x30 + symbol, bits: 8)
        case ..<256: putCode(0x190 + symbol - 144, bits: 9)
        case ..<280: putCode(symbol - 256, bits: 7)
        default: putCode(0xC0 + symbol - 280, bits: 8)
        }
    }

    mutating func putLength(_ length: Int) {
        let code = DeflateCodes.code(for: length, in: DeflateCodes.lengthBases)
        putLiteral(257 + code)
        put(length - DeflateCodes.lengthBases[code], bits: DeflateCodes.lengthBits[code])
    }

    mutating func putDistance(_ distance: Int) {
        let code = DeflateCodes.code(for: distance, in: DeflateCodes.distanceBases)
        putCode(code, bits: 5)
        put(distance - DeflateCodes.distanceBases[code], bits: DeflateCodes.distanceBits[code])
    }
}
