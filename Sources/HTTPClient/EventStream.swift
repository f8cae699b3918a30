/// The data of server-sent events as their bytes come, wherever they are split, inside a character too (WHATWG HTML, section
/// 9.2). Comments and fields other than `data` are dropped.
public struct EventStream: Sendable {
    /// Bytes of one event that are kept: a server that never ends a line must not take the memory.
    public static let largestEvent = 32 << 20

    private var line: [UInt8] = []
    private var data: [String] = []
    /// Bytes in `data`.
    private var held = 0
    private var endedWithReturn = false

    public init() {}

    /// The events that these bytes complete.
    public mutating func feed(_ bytes: some Sequence<UInt8>) -> [String] {
        var events: [String] = []
        for byte in bytes {
            let follows = endedWithReturn
            endedWithReturn = byte == UInt8(ascii: "\r")
            // A line ends with \r, \n or both.
            if follows, byte == UInt8(ascii: "\n") { continue }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                if line.count + held < Self.largestEvent { line.append(byte) }
                continue
            }
            if let event = take() { events.append(event) }
        }
        return events
    }

    private mutating func take() -> String? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else {
            defer {
                data = []
                held = 0
            }
            return data.isEmpty ? nil : data.joined(separator: "\n")
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("data:") {
            let value = text.dropFirst(5)
            held += value.utf8.count + 1
            data.append(String(value.first == " " ? value.dropFirst() : value))
        }
        return nil
    }
}
