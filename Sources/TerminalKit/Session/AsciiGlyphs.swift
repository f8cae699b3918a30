/// What ASCII shows in place of another character. Views choose ASCII forms by `GlyphSet` themselves; this is the net
/// below them, and for foreign text.
enum AsciiGlyphs {
    static func substitute(for character: Character) -> UInt8 {
        guard let value = character.unicodeScalars.first?.value else { return UInt8(ascii: " ") }
        switch value {
        case 0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509, 0x2550, 0x2010...0x2015: return UInt8(ascii: "-")
        case 0x2502, 0x2503, 0x2506, 0x2507, 0x250A, 0x250B, 0x2551, 0x258F...0x2595: return UInt8(ascii: "|")
        case 0x250C...0x254B, 0x2552...0x2570: return UInt8(ascii: "+")
        case 0x2588, 0x2593, 0x2580...0x2587, 0x2589...0x258E: return UInt8(ascii: "#")
        case 0x2591, 0x2592: return UInt8(ascii: ":")
        case 0x2800: return UInt8(ascii: " ")
        case 0x2801...0x28FF: return UInt8(ascii: "*")
        case 0x25CF, 0x2022, 0x25A0: return UInt8(ascii: "*")
        case 0x25CB: return UInt8(ascii: "o")
        case 0xB7: return UInt8(ascii: ".")
        case 0x2026: return UInt8(ascii: "~")
        case 0x2190, 0x25C0, 0x25C2: return UInt8(ascii: "<")
        case 0x2192, 0x25B6, 0x25B8: return UInt8(ascii: ">")
        case 0x2191, 0x25B2, 0x25B4: return UInt8(ascii: "^")
        case 0x2193, 0x25BC, 0x25BE: return UInt8(ascii: "v")
        case 0x21B5: return UInt8(ascii: "/")
        case 0x2018, 0x2019: return UInt8(ascii: "'")
        case 0x201C, 0x201D: return UInt8(ascii: "\"")
        case 0x00A0: return UInt8(ascii: " ")
        default: return UInt8(ascii: "?")
        }
    }
}
