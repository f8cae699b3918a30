/// A UTF-8 character whose bytes come one by one, with any pause between them.
struct PartialCharacter: Hashable {
    /// What a further byte makes of it.
    enum Step: Hashable {
        case needsMore
        case whole(Unicode.Scalar)
        /// The byte does not go on with it, and stands for itself.
        case broken
    }

    private var bytes: [UInt8]
    private let length: Int

    /// Nil when no character begins with that byte.
    init?(leading byte: UInt8) {
        switch byte {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return nil
        }
        bytes = [byte]
    }

    mutating func add(_ byte: UInt8) -> Step {
        guard byte & 0xC0 == 0x80 else { return .broken }
        bytes.append(byte)
        guard bytes.count == length else { return .needsMore }
        // Overlong forms, surrogates and what lies beyond Unicode decode to more than one replacement character.
        let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        return .whole(scalars.count == 1 ? scalars[0] : "\u{FFFD}")
    }
}
