/// Reads the metadata table of a GGUF file.
enum GGUFMetadataReader {
    /// Key length, value type and a value of one byte.
    static let leastEntryBytes = 8 + 4 + 1

    /// Array elements over a whole file: thirty times the largest vocabulary and its merges, and a bound on memory.
    private static let elementLimit = 1 << 24

    /// The format's value types.
    private enum Kind: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

        var leastBytes: Int {
            switch self {
            case .uint8, .int8, .bool: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64, .string: 8
            case .array: 12
            }
        }
    }

    static func read(_ count: Int, from reader: inout ByteReader) throws(ModelFileError) -> [String: MetadataValue] {
        var metadata: [String: MetadataValue] = [:]
        metadata.reserveCapacity(count)
        var elements = 0
        for index in 0..<count {
            let key = try reader.name("metadata key \(index)")
            let kind = try kind(from: &reader, key)
            let value =
                kind == .array
                ? try array(from: &reader, key, &elements) : try scalar(kind, from: &reader, key)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw reader.error("the metadata key \"\(key)\" is there twice")
            }
        }
        return metadata
    }

    private static func kind(from reader: inout ByteReader, _ key: String) throws(ModelFileError) -> Kind {
        let raw = try reader.integer(UInt32.self, "the type of \"\(key)\"")
        guard let kind = Kind(rawValue: raw) else {
            throw reader.error("the metadata value \"\(key)\" has the unknown type \(raw)")
        }
        return kind
    }

    private static func scalar(
        _ kind: Kind, from reader: inout ByteReader, _ key: String
    ) throws(ModelFileError) -> MetadataValue {
        switch kind {
        case .bool: .bool(try bool(from: &reader, key))
        case .string: .string(try reader.text("\"\(key)\""))
        case .float32, .float64: .float(try float(kind, from: &reader, key))
        default: .int(try int(kind, from: &reader, key))
        }
    }

    private static func array(
        from reader: inout ByteReader, _ key: String, _ elements: inout Int
    ) throws(ModelFileError) -> MetadataValue {
        let kind = try kind(from: &reader, key)
        guard kind != .array else { throw reader.error("the metadata value \"\(key)\" is an array of arrays") }
        let count = try reader.count("elements of \"\(key)\"", itemBytes: kind.leastBytes)
        elements += count
        guard elements <= elementLimit else {
            throw reader.error("the metadata arrays hold more than \(elementLimit) elements (at \"\(key)\")")
        }
        switch kind {
        case .string:
            var values: [String] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try reader.text("\"\(key)\"")) }
            return .strings(values)
        case .bool:
            var values: [Bool] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try bool(from: &reader, key)) }
            return .bools(values)
        case .float32, .float64:
            var values: [Float] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(Float(try float(kind, from: &reader, key))) }
            return .floats(values)
        default:
            var values: [Int] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try int(kind, from: &reader, key)) }
            return .ints(values)
        }
    }

    private static func bool(from reader: inout ByteReader, _ key: String) throws(ModelFileError) -> Bool {
        let byte = try reader.integer(UInt8.self, "\"\(key)\"")
        guard byte <= 1 else { throw reader.error("the metadata value \"\(key)\" is a boolean of \(byte)") }
        return byte == 1
    }

    private static func float(
        _ kind: Kind, from reader: inout ByteReader, _ key: String
    ) throws(ModelFileError) -> Double {
        if kind == .float64 { return Double(bitPattern: try reader.integer(UInt64.self, "\"\(key)\"")) }
        return Double(Float(bitPattern: try reader.integer(UInt32.self, "\"\(key)\"")))
    }

    private static func int(_ kind: Kind, from reader: inout ByteReader, _ key: String) throws(ModelFileError) -> Int {
        switch kind {
        case .uint8: return Int(try reader.integer(UInt8.self, "\"\(key)\""))
        case .int8: return Int(try reader.integer(Int8.self, "\"\(key)\""))
        case .uint16: return Int(try reader.integer(UInt16.self, "\"\(key)\""))
        case .int16: return Int(try reader.integer(Int16.self, "\"\(key)\""))
        case .uint32: return Int(try reader.integer(UInt32.self, "\"\(key)\""))
        case .int32: return Int(try reader.integer(Int32.self, "\"\(key)\""))
        case .uint64:
            let value = try reader.integer(UInt64.self, "\"\(key)\"")
            guard let small = Int(exactly: value) else {
                throw reader.error("the metadata value \"\(key)\" is too large: \(value)")
            }
            return small
        default: return Int(try reader.integer(Int64.self, "\"\(key)\""))
        }
    }
}
