/// Reads little-endian values one after another and checks every one against what is left.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    let path: String
    private(set) var position = 0

    init(_ file: MappedFile) {
        bytes = file.bytes
        path = file.path
    }

    var remaining: Int { bytes.count - position }

    /// The next integer. `what` names it in the error.
    mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self, _ what: @autoclosure () -> String
    ) throws(ModelFileError) -> Value {
        guard remaining >= MemoryLayout<Value>.size else { throw truncated(what()) }
        defer { position += MemoryLayout<Value>.size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// A count that precedes `what`, of which each item takes at least `itemBytes`: bounded by the rest of the file, so
    /// that nothing is ever allocated for items that cannot be there.
    mutating func count(
        _ what: @autoclosure () -> String, itemBytes: Int
    ) throws(ModelFileError) -> Int {
        let value = try integer(UInt64.self, what())
        guard value <= UInt64(remaining / itemBytes) else {
            throw error("claims \(value) \(what()), but only \(remaining) bytes are left of the file")
        }
        return Int(value)
    }

    /// A length-prefixed string. Values of files in the wild are not always valid UTF-8; those are repaired.
    mutating func text(_ what: @autoclosure () -> String) throws(ModelFileError) -> String {
        let length = try count("bytes of \(what())", itemBytes: 1)
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }

    /// A length-prefixed name: valid UTF-8, at most 64 KiB, no control characters.
    mutating func name(_ what: @autoclosure () -> String) throws(ModelFileError) -> String {
        let length = try count("bytes of \(what())", itemBytes: 1)
        guard length <= 65_535 else { throw error("\(what()) is \(length) bytes long; at most 65535 are allowed") }
        defer { position += length }
        guard let text = String(validating: bytes[position..<position + length], as: UTF8.self) else {
            throw error("\(what()) is not valid UTF-8")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw error("\(what()) holds control characters")
        }
        return text
    }

    func error(_ reason: String) -> ModelFileError { ModelFileError(path: path, reason) }

    private func truncated(_ what: String) -> ModelFileError {
        error("truncated: the file ends at byte \(bytes.count), inside \(what)")
    }
}
