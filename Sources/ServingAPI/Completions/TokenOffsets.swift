import ModelFiles

/// Where tokens begin in the text that they spell, in characters as Python counts them: Unicode scalars.
///
/// A token that begins inside a character stands where that character does. Bytes that become no character stand for U+FFFD,
/// as in the text that is sent.
struct TokenOffsets: Sendable {
    /// Characters before `held`.
    private var count: Int
    /// The bytes of a character that further tokens may complete.
    private var held: [UInt8] = []
    /// Leading spaces that the text does not have.
    private var spacesToDrop: Int

    init(from count: Int = 0, droppingSpaces spacesToDrop: Int = 0) {
        self.count = count
        self.spacesToDrop = spacesToDrop
    }

    /// Where the next token begins.
    mutating func place(_ token: [UInt8]) -> Int {
        let dropped = token.prefix(spacesToDrop).prefix { $0 == UInt8(ascii: " ") }.count
        let bytes = token.dropFirst(dropped)
        spacesToDrop = bytes.isEmpty ? spacesToDrop - dropped : 0
        guard let first = bytes.first else { return count }
        if !held.isEmpty, !continuesHeld(first) {
            count += Self.characters(held[...])
            held = []
        }
        let start = count
        held += bytes
        let incomplete = StreamingDetokenizer.incompleteSuffix(of: held)
        count += Self.characters(held.dropLast(incomplete))
        held.removeFirst(held.count - incomplete)
        return start
    }

    private func continuesHeld(_ byte: UInt8) -> Bool {
        let longer = held + [byte]
        return StreamingDetokenizer.incompleteSuffix(of: longer) == longer.count
            || String(validating: longer, as: UTF8.self) != nil
    }

    private static func characters(_ bytes: ArraySlice<UInt8>) -> Int {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.count
    }
}
