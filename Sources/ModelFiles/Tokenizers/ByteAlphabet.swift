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

    private static let bytes: [UInt32: UInt8] = Dictionary(
        uniqueKeysWithValues: scalars.enumerated().map { ($1.value, UInt8($0)) })

    /// The UTF-8 of each byte's character, as vocabularies hold it.
    static let texts: [[UInt8]] = scalars.map { Array(String($0).utf8) }

    /// The bytes that a token's text stands for; the text's own when it leaves the alphabet.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard let byte = bytes[scalar.value] else { return Array(text) }
            decoded.append(byte)
        }
        return decoded
    }
}
