/// A string that a terminal sends by itself or as an answer (OSC, DCS, APC, PM, SOS). Nothing of it is kept.
struct ControlString: Hashable {
    private let begun: Int64
    /// Whether it began with a raw C1 byte, and so may end with one; elsewhere that byte is part of a character.
    private let endsRaw: Bool
    private var count = 0
    private var before: UInt8 = 0

    init(begun: Int64, endsRaw: Bool = false) {
        self.begun = begun
        self.endsRaw = endsRaw
    }

    /// Whether no terminal would say so much: its end was lost.
    func isOverlong(at now: Int64) -> Bool {
        count > KeyDecoder.longestString || now - begun > KeyDecoder.longestStringTime
    }

    /// True when the byte ends it: BEL, ESC \, or ST as one character.
    mutating func take(_ byte: UInt8) -> Bool {
        defer { before = byte }
        count += 1
        switch byte {
        case 0x07: return true
        case UInt8(ascii: "\\"): return before == 0x1B
        case 0x9C: return endsRaw || before == 0xC2
        default: return false
        }
    }
}
