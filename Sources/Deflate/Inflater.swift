/// Why bytes are no zlib stream.
public struct InflateError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Reads a zlib stream (RFC 1950, 1951) as its bytes come, wherever they are split.
///
/// What comes out of one byte is bounded by the format, at 1,032 bytes; who feeds pieces of a bounded size gets pieces of a
/// bounded size. After an error the stream is lost.
public struct Inflater: Sendable {
    private enum State: Sendable {
        case head
        case block
        case stored(left: Int)
        case coded(literals: HuffmanTable, distances: HuffmanTable)
        case checksum
        case done
    }

    private var state = State.head
    private var isLast = false
    private var bits = BitReader()
    /// The last 32 KiB that came out, and what this call added.
    private var output: [UInt8] = []
    private var checksum = Adler32()

    public init() {}

    /// Whether the stream came to its end.
    public var isComplete: Bool { if case .done = state { true } else { false } }

    /// What these bytes, with those before, make readable. Bytes behind the stream's end are ignored.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(InflateError) -> [UInt8] {
        bits.add(bytes)
        let known = output.count
        // Each round reads one whole thing, or puts back what it had of it.
        while !isComplete {
            var attempt = bits
            guard try step(&attempt) else { break }
            bits = attempt
        }
        bits.forgetRead()
        let new = Array(output[known...])
        checksum.add(new)
        if case .checksum = state { try finish() }
        output.removeFirst(max(0, output.count - DeflateCodes.window))
        return new
    }

    /// False when there are not enough bits.
    private mutating func step(_ bits: inout BitReader) throws(InflateError) -> Bool {
        switch state {
        case .head:
            guard let method = bits.take(8), let flags = bits.take(8) else { return false }
            guard method & 0x0F == 8, method >> 4 <= 7, (method << 8 | flags) % 31 == 0, flags & 0x20 == 0 else {
                throw InflateError("no head of a zlib stream")
            }
            state = .block
        case .block: return try beginBlock(&bits)
        case .stored(let left):
            guard left > 0 else {
                endBlock()
                return true
            }
            guard let byte = bits.take(8) else { return false }
            output.append(UInt8(byte))
            state = .stored(left: left - 1)
        case .coded(let literals, let distances): return try symbol(literals, distances, &bits)
        // Read by `finish`, when the checksum of what came before is there.
        case .checksum, .done: return false
        }
        return true
    }

    private mutating func finish() throws(InflateError) {
        bits.align()
        var attempt = bits
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = attempt.take(8) else { return }
            value = value << 8 | UInt32(byte)
        }
        bits = attempt
        guard value == checksum.value else { throw InflateError("a zlib stream whose checksum is wrong") }
        state = .done
    }

    private mutating func endBlock() { state = isLast ? .checksum : .block }

    private mutating func beginBlock(_ bits: inout BitReader) throws(InflateError) -> Bool {
        guard let last = bits.take(1), let kind = bits.take(2) else { return false }
        let next: State
        switch kind {
        case 0:
            bits.align()
            guard let length = bits.take(16), let complement = bits.take(16) else { return false }
            guard length == ~complement & 0xFFFF else { throw InflateError("a stored block of two lengths") }
            next = .stored(left: length)
        case 1:
            next = .coded(
                literals: try HuffmanTable(lengths: DeflateCodes.fixedLiteralLengths),
                distances: try HuffmanTable(lengths: DeflateCodes.fixedDistanceLengths))
        case 2:
            guard let tables = try Self.tables(&bits) else { return false }
            next = .coded(literals: tables.0, distances: tables.1)
        default: throw InflateError("a block of an unknown kind")
        }
        isLast = last == 1
        state = next
        return true
    }

    private mutating func symbol(
        _ literals: HuffmanTable, _ distances: HuffmanTable, _ bits: inout BitReader
    ) throws(InflateError) -> Bool {
        guard let symbol = try literals.next(&bits) else { return false }
        if symbol < DeflateCodes.endOfBlock {
            output.append(UInt8(symbol))
            return true
        }
        if symbol == DeflateCodes.endOfBlock {
            endBlock()
            return true
        }
        let lengthCode = symbol - 257
        guard DeflateCodes.lengthBases.indices.contains(lengthCode) else { throw InflateError("an unknown length") }
        guard let extra = bits.take(DeflateCodes.lengthBits[lengthCode]) else { return false }
        guard let distanceCode = try distances.next(&bits) else { return false }
        guard DeflateCodes.distanceBases.indices.contains(distanceCode) else {
            throw InflateError("an unknown distance")
        }
        guard let more = bits.take(DeflateCodes.distanceBits[distanceCode]) else { return false }
        let distance = DeflateCodes.distanceBases[distanceCode] + more
        guard distance <= min(output.count, DeflateCodes.window) else {
            throw InflateError("a match before the stream's begin")
        }
        // What is copied may reach into itself.
        for _ in 0..<DeflateCodes.lengthBases[lengthCode] + extra { output.append(output[output.count - distance]) }
        return true
    }

    /// The codes that a block brings (section 3.2.7); nil when there are not enough bits.
    private static func tables(_ bits: inout BitReader) throws(InflateError) -> (HuffmanTable, HuffmanTable)? {
        guard let literals = bits.take(5), let distances = bits.take(5), let count = bits.take(4) else { return nil }
        guard literals <= 29, distances <= 29 else { throw InflateError("a code of too many symbols") }
        var lengths = [Int](repeating: 0, count: 19)
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        for symbol in order.prefix(count + 4) {
            guard let length = bits.take(3) else { return nil }
            lengths[symbol] = length
        }
        let table = try HuffmanTable(lengths: lengths)
        let total = literals + 257 + distances + 1
        var all: [Int] = []
        while all.count < total {
            guard let symbol = try table.next(&bits) else { return nil }
            switch symbol {
            case ..<16: all.append(symbol)
            case 16:
                guard let last = all.last else { throw InflateError("the first code length repeats none") }
                guard let more = bits.take(2) else { return nil }
                all += Array(repeating: last, count: more + 3)
            case 17:
                guard let more = bits.take(3) else { return nil }
                all += Array(repeating: 0, count: more + 3)
            default:
                guard let more = bits.take(7) else { return nil }
                all += Array(repeating: 0, count: more + 11)
            }
        }
        guard all.count == total else { throw InflateError("more code lengths than codes") }
        guard all[DeflateCodes.endOfBlock] > 0 else { throw InflateError("a block without an end") }
        return (
            try HuffmanTable(lengths: all[..<(literals + 257)]), try HuffmanTable(lengths: all[(literals + 257)...])
        )
    }
}
