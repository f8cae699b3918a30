/// A place in the text of a JSON document: what the reader of values and the walker over members share.
protocol JSONCursor {
    var bytes: UnsafeRawBufferPointer { get }
    var path: String { get }
    var position: Int { get set }
}

extension JSONCursor {
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipSpace() {
        // Some editors put a byte-order mark in front.
        if position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        while let byte = peek, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
    }

    func error(_ reason: String) -> ModelFileError {
        ModelFileError(path: path, "invalid JSON at byte \(position): \(reason)")
    }
}
