/// How a tensor's values are stored. Raw values are ggml's type ids.
public enum TensorType: UInt32, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q2_K = 10
    case q3_K = 11
    case q4_K = 12
    case q5_K = 13
    case q6_K = 14
    case bf16 = 30

    /// Values in one block (1 for plain types).
    public var blockValues: Int {
        switch self {
        case .f32, .f16, .bf16: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K: 256
        }
    }

    /// Bytes of one block.
    public var blockBytes: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .q4_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q2_K: 84
        case .q3_K: 110
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        }
    }
}

/// A tensor that stands in a mapped file. Rows are contiguous; the last dimension is the row.
///
/// Sendable because the bytes are a read-only private mapping that `owner` keeps alive and nobody writes.
public struct TensorView: @unchecked Sendable {
    public let name: String
    public let type: TensorType
    /// Outermost first: [rows, columns] for a matrix, [n] for a vector.
    public let shape: [Int]
    /// Exactly `rows * rowBytes` bytes.
    public let bytes: UnsafeRawBufferPointer
    /// Keeps the mapping alive.
    private let owner: any AnyObject & Sendable

    public init(
        name: String, type: TensorType, shape: [Int], bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable
    ) {
        self.name = name
        self.type = type
        self.shape = shape
        self.bytes = bytes
        self.owner = owner
    }

    /// Values in one row.
    public var columns: Int { shape.last ?? 1 }
    public var rows: Int { shape.dropLast().reduce(1, *) }
    public var rowBytes: Int { columns / type.blockValues * type.blockBytes }
}
