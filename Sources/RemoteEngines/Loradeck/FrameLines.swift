/// Cuts bytes into lines as they come, wherever they are split.
struct FrameLines: Sendable {
    /// The longest line that is taken: many times a full snapshot of a large deck.
    static let longest = 64 << 20

    struct TooLong: Error, CustomStringConvertible {
        var description: String { "a line of the stream has more than \(FrameLines.longest) bytes" }
    }

    private var rest: [UInt8] = []

    /// The lines that these bytes complete, without their ends and without empty ones.
    mutating func feed(_ bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest + bytes[start..<end]
            rest = []
            start = end + 1
            if line.contains(where: { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: " ") }) { lines.append(line) }
        }
        rest += bytes[start...]
        guard rest.count <= Self.longest else { throw TooLong() }
        return lines
    }
}
