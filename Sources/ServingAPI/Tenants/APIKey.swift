import DeckCore
import Hashing

/// A key that a tenant shows: `ldk-ID-SECRET`, of which only the id and a hash are ever stored.
public struct APIKey: Hashable, Sendable {
    /// Names it to people: not secret.
    public let id: String
    /// What the client sends.
    public let text: String

    private static let prefix = "ldk-"
    private static let idLength = 8

    /// A new one, with 256 random bits.
    public init() {
        var random = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        func hex(_ count: Int) -> String { String((0..<count).map { _ in digits[Int(random.next() & 15)] }) }
        id = hex(Self.idLength)
        text = "\(Self.prefix)\(id)-\(hex(64))"
    }

    /// A key that somebody sent; nil when it has not the form of one.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.prefix.utf8.count + Self.idLength + 1 + 64, text.hasPrefix(Self.prefix) else {
            return nil
        }
        let rest = text.dropFirst(Self.prefix.count)
        guard rest.utf8.allSatisfy({ $0 < 0x80 }), rest.dropFirst(Self.idLength).first == "-" else { return nil }
        id = String(rest.prefix(Self.idLength))
        self.text = String(text)
    }

    /// What is stored. The key has 256 random bits, which no slow hash could make harder to guess.
    public var hash: Digest { SHA256.digest(of: text.utf8) }

    /// Compares in a time that does not depend on where the difference is.
    func matches(_ stored: Digest) -> Bool {
        var difference: UInt8 = 0
        for (ours, theirs) in zip(hash.bytes, stored.bytes) { difference |= ours ^ theirs }
        return difference == 0
    }
}
