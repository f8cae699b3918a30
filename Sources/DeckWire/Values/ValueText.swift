import ModelFiles

extension JSONValue {
    /// The value as JSON in UTF-8: one line, nothing that is not needed, members by name.
    public var text: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    /// Appends `text`.
    public func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let number): bytes.append(contentsOf: String(number).utf8)
        case .unsigned(let number): bytes.append(contentsOf: String(number).utf8)
        case .double(let number): Self.write(number, into: &bytes)
        case .string(let text): Self.write(text, into: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ number: Double, into bytes: inout [UInt8]) {
        guard number.isFinite else { return bytes.append(contentsOf: "null".utf8) }
        if let whole = Int(exactly: number), whole.magnitude < 1 << 53 {
            bytes.append(contentsOf: String(whole).utf8)
        } else {
            bytes.append(contentsOf: number.description.utf8)
        }
    }

    /// Appends a string in quotes.
    public static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    /// The value as any `Decodable` reads it. Throws for a field that is missing, of another kind or outside of its bounds.
    public func decoded<Value: Decodable>(as type: Value.Type) throws(WireFault) -> Value {
        try ValueDecoder.decode(type, from: self)
    }

    /// The same, and the first member that the type does not have: a reader that does not know a member may not pass over it.
    public func decodedWhole<Value: Decodable>(
        as type: Value.Type
    ) throws(WireFault) -> (value: Value, unread: UnreadMember?) {
        let log = MemberLog()
        let value = try ValueDecoder.decode(type, from: self, log: log)
        return (value, log.unread)
    }

    /// The tree of any `Encodable`.
    public static func encoding(_ value: some Encodable) throws -> JSONValue { try ValueEncoder.tree(value) }

    /// Reads one document that came over a connection. `source` names it in errors.
    public static func parse(_ bytes: [UInt8], source: String) throws(ModelFileError) -> JSONValue {
        // `withUnsafeBytes` does not carry typed errors through.
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(ModelFileError) in try JSONValue.parse(raw, path: source) }
        }
        return try result.get()
    }
}
