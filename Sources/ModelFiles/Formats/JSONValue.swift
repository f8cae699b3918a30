/// A JSON document, read strictly: duplicate keys, trailing text, deep nesting and invalid UTF-8 are errors.
///
/// Foundation's readers keep the last of two equal keys in silence, and a tensor table with a name twice is an attack on
/// whoever reads the other one.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    /// Whole numbers above `Int.max`, such as a seed of all 64 bits.
    case unsigned(UInt64)
    /// Fractions, and integers too large for the others.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    /// A whole number that is not negative, however large.
    public var unsigned: UInt64? {
        switch self {
        case .int(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    /// A number, whether it was written as an integer or with a fraction.
    public var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The member of an object; nil for a missing one, for null, and for what is no object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
        return value
    }

    /// What kind of value this is, for messages.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .unsigned, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value itself where it is short, for messages that say what is there instead of what is wanted.
    public var shown: String {
        switch self {
        case .null: return "null"
        case .bool(let flag): return "\(flag)"
        case .int(let number): return "\(number)"
        case .unsigned(let number): return "\(number)"
        case .double(let number): return Int128(exactly: number).map { "\($0)" } ?? "\(number)"
        case .string(let text): return text.count > 40 ? "\"\(text.prefix(40))…\"" : "\"\(text)\""
        case .array(let elements):
            if elements.isEmpty { return "an empty array" }
            return elements.count == 1 ? "[\(elements[0].shown)]" : "an array"
        case .object(let members): return members.isEmpty ? "an empty object" : "an object"
        }
    }

    /// Reads one document. `path` names it in errors.
    public static func parse(_ bytes: UnsafeRawBufferPointer, path: String) throws(ModelFileError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, path: path)
        return try parser.document()
    }

    /// Reads a mapped file. What is no JSON at all is told for what it is.
    static func parse(_ file: MappedFile, path: String) throws(ModelFileError) -> JSONValue {
        do throws(ModelFileError) {
            return try parse(file.bytes, path: path)
        } catch {
            guard let other = FileKind(file.bytes).mismatch(.json) else { throw error }
            throw ModelFileError(path: path, other)
        }
    }

    /// Reads a JSON file of at most `limit` bytes.
    public static func parse(file path: String, limit: Int = 100 << 20) throws(ModelFileError) -> JSONValue {
        let file = try MappedFile(path: path)
        guard file.count <= limit else {
            throw ModelFileError(path: path, "is \(file.count) bytes long; at most \(limit) are read")
        }
        return try parse(file, path: path)
    }
}
