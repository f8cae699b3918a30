/// Finds the members of a JSON object without reading their values.
///
/// A vocabulary is an object of a hundred thousand members whose keys must be kept apart byte for byte, which a
/// dictionary of Swift strings does not do; so it is walked here instead of parsed as a whole.
struct JSONMembers: JSONCursor {
    let bytes: UnsafeRawBufferPointer
    let path: String
    var position: Int

    /// Starts at the object whose text is `range`.
    init(of range: Range<Int>, in bytes: UnsafeRawBufferPointer, path: String) throws(ModelFileError) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[..<range.upperBound])
        self.path = path
        position = range.lowerBound
        skipSpace()
        guard take("{") else { throw error("an object is expected") }
    }

    /// The next member: its key's text, quotes included, and its value's text; nil after the last.
    mutating func next(isFirst: Bool) throws(ModelFileError) -> (key: Range<Int>, value: Range<Int>)? {
        skipSpace()
        if take("}") { return nil }
        if !isFirst {
            guard take(",") else { throw error("\",\" or \"}\" is expected") }
            skipSpace()
        }
        guard peek == UInt8(ascii: "\"") else { throw error("a key is expected") }
        let keyStart = position
        try skipString()
        let key = keyStart..<position
        skipSpace()
        guard take(":") else { throw error("\":\" is expected") }
        skipSpace()
        let valueStart = position
        try skipValue()
        guard position > valueStart else { throw error("a value is expected") }
        return (key, valueStart..<position)
    }

    /// All members by key; for objects of few members. The first of two equal keys is an error.
    static func all(
        of range: Range<Int>, in bytes: UnsafeRawBufferPointer, path: String
    ) throws(ModelFileError) -> [String: Range<Int>] {
        var walk = try JSONMembers(of: range, in: bytes, path: path)
        var members: [String: Range<Int>] = [:]
        while let member = try walk.next(isFirst: members.isEmpty) {
            let key = try walk.string(member.key)
            guard members.updateValue(member.value, forKey: key) == nil else {
                throw walk.error("the key \"\(key.prefix(60))\" is there twice")
            }
        }
        return members
    }

    /// The keys of the object that is a member's value, in the order of the text, which a dictionary loses; empty when the
    /// outermost object has no such member, or it is no object.
    static func keys(
        ofMember name: String, in bytes: UnsafeRawBufferPointer, path: String
    ) throws(ModelFileError) -> [String] {
        let members = try all(of: 0..<bytes.count, in: bytes, path: path)
        guard let range = members[name], bytes[range.lowerBound] == UInt8(ascii: "{") else { return [] }
        var walk = try JSONMembers(of: range, in: bytes, path: path)
        var keys: [String] = []
        while let member = try walk.next(isFirst: keys.isEmpty) { keys.append(try walk.string(member.key)) }
        return keys
    }

    /// The value of a string's text.
    func string(_ range: Range<Int>) throws(ModelFileError) -> String {
        let text = bytes[range].dropFirst().dropLast()
        if !text.contains(UInt8(ascii: "\\")), let plain = String(validating: text, as: UTF8.self) { return plain }
        return try JSONValue.parse(UnsafeRawBufferPointer(rebasing: bytes[range]), path: path).string ?? ""
    }

    /// The value of a non-negative integer's text; nil for anything else.
    func integer(_ range: Range<Int>) -> Int? {
        guard range.count <= 18 else { return nil }
        var value = 0
        for byte in bytes[range] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private mutating func skipValue() throws(ModelFileError) {
        var depth = 0
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                position += 1
            case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return }
                position += 1
            default:
                position += 1
                continue
            }
            // Strings, objects and arrays end where they close; numbers and words at what follows them.
            if depth == 0, [UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(byte) { return }
        }
        guard depth == 0 else { throw error("the text ends too early") }
    }

    private mutating func skipString() throws(ModelFileError) {
        position += 1
        while let byte = peek {
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\") { position += 1 }
        }
        throw error("the text ends inside a string")
    }
}
