/// What comes between the marks of a bracketed paste.
struct PasteCollector: Hashable {
    /// A longer paste is cut.
    static let limit = 64 << 10
    private static let endMark = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    private var isFull = false
    /// Bytes of the end mark that have come.
    private var matched = 0

    /// True when the byte completes the end mark.
    mutating func take(_ byte: UInt8) -> Bool {
        if byte == Self.endMark[matched] {
            matched += 1
            return matched == Self.endMark.count
        }
        // No byte of the mark but its first is an Escape, so a mark that breaks off can only begin anew.
        append(Self.endMark[..<matched])
        matched = byte == Self.endMark[0] ? 1 : 0
        if matched == 0 { append([byte]) }
        return false
    }

    private mutating func append(_ more: some Collection<UInt8>) {
        isFull = isFull || bytes.count + more.count > Self.limit
        if !isFull { bytes += more }
    }

    /// The paste as a key; nil when nothing was in it. A character that the limit cut in two is left out.
    var key: Key? {
        var text = String(decoding: Self.withoutSequences(bytes), as: UTF8.self)
        if isFull, text.last == "\u{FFFD}" { text.removeLast() }
        return text.isEmpty ? nil : .paste(Sanitiser.text(text))
    }

    /// Colours and the like of copied output are no text.
    private static func withoutSequences(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == 0x1B else {
                text.append(byte)
                continue
            }
            guard rest.first == ControlSequence.Introducer.csi.rawValue else { continue }
            rest = rest.dropFirst().drop { (0x20...0x3F).contains($0) }
            if let final = rest.first, (0x40...0x7E).contains(final) { rest = rest.dropFirst() }
        }
        return text
    }
}
