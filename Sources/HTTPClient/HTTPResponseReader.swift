/// Takes an HTTP/1.1 response apart as its bytes come, wherever they are split (RFC 9112): status, headers, and a body that
/// is chunked, of a given length, or ends with the connection.
public struct HTTPResponseReader: Sendable {
    public struct Malformed: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    private enum State: Sendable {
        case head
        case chunkSize
        case chunk(left: Int)
        /// The line break after a chunk.
        case chunkEnd
        case trailer
        case counted(left: Int)
        case untilEnd
        case done
    }

    private static let longestLine = 64 << 10
    /// Bytes of a head, and of everything after the body, of interim answers too.
    private static let longestHead = 256 << 10

    /// Nil until the status line came.
    public private(set) var status: Int?
    /// How the body is packed, such as `deflate`; nil when it is not.
    public private(set) var encoding: String?
    private var state = State.head
    private var line: [UInt8] = []
    /// Bytes of the head and the trailer so far.
    private var headBytes = 0
    private var isChunked = false
    private var length: Int?

    public init() {}

    public var isComplete: Bool { if case .done = state { true } else { false } }

    /// Takes bytes in and returns those of the body among them. Throws for what is no HTTP response.
    public mutating func feed(_ bytes: some Collection<UInt8>) throws(Malformed) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .done: return body
            case .untilEnd:
                body += rest
                return body
            case .counted(let left), .chunk(let left):
                let taken = rest.prefix(left)
                body += taken
                rest = rest.dropFirst(taken.count)
                if case .counted = state {
                    state = left == taken.count ? .done : .counted(left: left - taken.count)
                } else {
                    state = left == taken.count ? .chunkEnd : .chunk(left: left - taken.count)
                }
            case .head, .chunkSize, .chunkEnd, .trailer:
                let byte = rest.removeFirst()
                if case .chunkSize = state {} else if case .chunkEnd = state {} else { headBytes += 1 }
                guard headBytes <= Self.longestHead else {
                    throw Malformed(description: "the answer's head is endless")
                }
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    guard line.count <= Self.longestLine else {
                        throw Malformed(description: "a line of the answer is endless")
                    }
                    continue
                }
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                line.removeAll(keepingCapacity: true)
                try take(text)
            }
        }
        return body
    }

    /// The connection ended. Throws when the response had not.
    public mutating func end() throws(Malformed) {
        switch state {
        case .done: break
        case .untilEnd: state = .done
        default: throw Malformed(description: "the connection was cut before the answer's end")
        }
    }

    private mutating func take(_ text: String) throws(Malformed) {
        switch state {
        case .head: try takeHead(text)
        case .chunkSize:
            let digits = text.prefix { $0 != ";" }.filter { !$0.isWhitespace }
            guard let size = Int(digits, radix: 16), size >= 0 else {
                throw Malformed(description: "“\(text.prefix(40))” is no chunk size")
            }
            state = size == 0 ? .trailer : .chunk(left: size)
        case .chunkEnd: state = .chunkSize
        case .trailer: if text.isEmpty { state = .done }
        case .chunk, .counted, .untilEnd, .done: break
        }
    }

    private mutating func takeHead(_ text: String) throws(Malformed) {
        guard let status else {
            let parts = text.split(separator: " ", maxSplits: 2)
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let number = Int(parts[1]) else {
                throw Malformed(description: "“\(text.prefix(40))” is no HTTP answer")
            }
            self.status = number
            return
        }
        guard text.isEmpty else {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return }
            let value = parts[1].filter { !$0.isWhitespace }.lowercased()
            switch parts[0].lowercased() {
            case "transfer-encoding": isChunked = value.hasSuffix("chunked")
            case "content-encoding": encoding = value == "identity" ? nil : value
            case "content-length":
                guard let count = Int(value), count >= 0 else {
                    throw Malformed(description: "“\(value.prefix(40))” is no length")
                }
                length = count
            default: break
            }
            return
        }
        if (100..<200).contains(status) {
            // An interim answer; the real one follows.
            self.status = nil
        } else if isChunked {
            state = .chunkSize
        } else if let length {
            state = length == 0 ? .done : .counted(left: length)
        } else {
            state = .untilEnd
        }
    }
}
