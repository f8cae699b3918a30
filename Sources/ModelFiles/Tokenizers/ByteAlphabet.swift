/// GPT-2's alphabet: every byte as one printable character, so that vocabularies can be written as text.
enum ByteAlphabet {
    /// The character of each byte. Printable Latin-1 stands for itself, the other 68 bytes for U+0100 and up in order.
    static let scalars: [Unicode.Scalar] = {
        var scalars: [Unicode.Scalar] = []
        var shifted: UInt32 = 0x100
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: scalars.append(Unicode.Scalar(byte))
            default:
                // Below U+0144, so always a scalar.
                scalars.append(Unicode.Scalar(shifted) ?? "?")
                shifted += 1
            }
        }
        return scalars
    }()

    /// The byte of each scalar below U+0144, -1 for one outside of the alphabet.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
        return bytes
    }()

    /// The UTF-8 of each byte's character, as vocabularies hold it.
    static let texts: [[UInt8]] = scalars.map { Array(String($0).utf8) }

    /// The bytes that a token's text, valid UTF-8, stands for; the text's own when it leaves the alphabet.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var lead = 0
        for unit in text {
            var scalar = Int(unit)
            if unit >= 0xC0 {
                // The alphabet's scalars take at most two bytes.
                guard unit < 0xE0 else { return Array(text) }
                lead = Int(unit & 0x1F)
                continue
            }
            if unit >= 0x80 { scalar = lead << 6 | Int(unit & 0x3F) }
            guard scalar < bytes.count, bytes[scalar] >= 0 else { return Array(text) }
            decoded.append(UInt8(bytes[scalar]))
        }
        return decoded
    }
}
