/// A SHA-256 digest: the identity of a base model or of an adapter's content.
///
/// Names point at digests; anything cached under an adapter is keyed by its digest, never by its name (invariant 3).
public struct Digest: Hashable, Sendable {
    /// The 32 bytes, most significant first.
    public let bytes: [UInt8]

    /// Makes a digest from exactly 32 bytes; returns nil for any other count.
    public init?(bytes: some Sequence<UInt8>) {
        let copy = Array(bytes)
        guard copy.count == 32 else { return nil }
        self.bytes = copy
    }

    /// Makes a digest from the eight words of a finished hash, the most significant first.
    public init(words: SIMD8<UInt32>) {
        bytes = words.indices.flatMap { index in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: words[index] >> UInt32($0)) }
        }
    }

    /// Makes a digest from 64 hexadecimal characters; returns nil for anything else.
    public init?(hex: some StringProtocol) {
        let digits = hex.utf8.compactMap { nibble($0) }
        guard digits.count == 64, hex.utf8.count == 64 else { return nil }
        self.bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// All 64 hexadecimal characters.
    public var hex: String { bytes.map { hexPair($0) }.joined() }

    /// The first 12 hexadecimal characters, as screens show it.
    public var short: String { bytes.prefix(6).map { hexPair($0) }.joined() }
}

extension Digest: Codable, CustomStringConvertible {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = Digest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    public var description: String { short }
}

private func hexPair(_ byte: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
}

private func nibble(_ ascii: UInt8) -> UInt8? {
    switch ascii {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): ascii - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): ascii - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): ascii - UInt8(ascii: "A") + 10
    default: nil
    }
}
