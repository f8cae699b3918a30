/// A value of a GGUF file's metadata. Arrays keep one element type, as the format does.
public enum MetadataValue: Sendable, Hashable {
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case bools([Bool])
    case ints([Int])
    case floats([Float])
    case strings([String])

    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var strings: [String]? { if case .strings(let value) = self { value } else { nil } }
    public var ints: [Int]? { if case .ints(let value) = self { value } else { nil } }
    public var floats: [Float]? { if case .floats(let value) = self { value } else { nil } }

    /// A number, whether it was written as an integer or as a float.
    public var number: Double? {
        switch self {
        case .float(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }
}
