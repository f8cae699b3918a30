/// The data of server-sent events as their bytes come, wherever they are split, inside a character too (WHATWG HTML, section
/// 9.2). Comments and fields other than `data` are dropped.
struct EventStream: Sendable {
    private var line: [UInt8] = []
    private var data: [String] = []
    private var endedWithReturn = false

    /// The events that these bytes complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [String] {
        var events: [String] = []
        for byte in bytes {
            let follows = endedWithReturn
            endedWithReturn = byte == UInt8(ascii: "\r")
            // A line ends with \r, \n or both.
            if follows, byte == UInt8(ascii: "\n") { continue }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                line.append(byte)
                continue
            }
            if let event = take() { events.append(event) }
        }
        return events
    }

    private mutating func take() -> String? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else {
            defer { data = [] }
            return data.isEmpty ? nil : data.joined(separator: "\n")
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("data:") {
            let value = text.dropFirst(5)
            data.append(String(value.first == " " ? value.dropFirst() : value))
        }
        return nil
    }
}
