import Foundation

/// Makes small GGUF files, sound or broken.
public struct GGUFBuilder {
    /// A metadata value, with the format's own type ids.
    public enum Value {
        case uint32(UInt32)
        case uint64(UInt64)
        case float32(Float)
        case bool(Bool)
        case string(String)
        case strings([String])
        case ints([Int32])
        case floats([Float])
        /// A type id and the bytes that follow it, as they are.
        case raw(UInt32, [UInt8])
    }

    public struct Tensor {
        public var name: String
        /// ggml's type id.
        public var type: UInt32
        /// Innermost first, as the file has it.
        public var dimensions: [UInt64]
        public var bytes: [UInt8]
        /// Overrides the offset that follows from the tensors before.
        public var offset: UInt64?

        public init(_ name: String, type: UInt32, dimensions: [UInt64], bytes: [UInt8], offset: UInt64? = nil) {
            self.name = name
            self.type = type
            self.dimensions = dimensions
            self.bytes = bytes
            self.offset = offset
        }

        /// An f32 tensor; `shape` is outermost first.
        public init(_ name: String, shape: [Int], floats: [Float]) {
            let bytes = floats.flatMap { littleEndian($0.bitPattern) }
            self.init(name, type: 0, dimensions: shape.reversed().map(UInt64.init), bytes: bytes)
        }
    }

    public var version: UInt32 = 3
    public var alignment = 32
    public var metadata: [(key: String, value: Value)] = []
    public var tensors: [Tensor] = []
    /// Override the counts of the header.
    public var tensorCount: UInt64?
    public var valueCount: UInt64?

    public init() {}

    /// Replaces the value of a key, or adds it.
    public mutating func set(_ key: String, _ value: Value) {
        remove(key)
        metadata.append((key, value))
    }

    public mutating func remove(_ key: String) { metadata.removeAll { $0.key == key } }

    public func build() -> Data {
        var out = Array("GGUF".utf8)
        out += littleEndian(version)
        out += littleEndian(tensorCount ?? UInt64(tensors.count))
        out += littleEndian(valueCount ?? UInt64(metadata.count))
        for (key, value) in metadata { out += text(key) + encode(value) }
        var offset = 0
        var data: [UInt8] = []
        for tensor in tensors {
            out += text(tensor.name) + littleEndian(UInt32(tensor.dimensions.count))
            for dimension in tensor.dimensions { out += littleEndian(dimension) }
            out += littleEndian(tensor.type) + littleEndian(tensor.offset ?? UInt64(offset))
            data += tensor.bytes
            offset = (data.count + alignment - 1) / alignment * alignment
            data += [UInt8](repeating: 0, count: offset - data.count)
        }
        out += [UInt8](repeating: 0, count: (alignment - out.count % alignment) % alignment)
        return Data(out + data)
    }

    private func encode(_ value: Value) -> [UInt8] {
        func kind(_ id: UInt32) -> [UInt8] { littleEndian(id) }
        func array(_ id: UInt32, _ count: Int) -> [UInt8] { kind(9) + kind(id) + littleEndian(UInt64(count)) }
        return switch value {
        case .uint32(let value): kind(4) + littleEndian(value)
        case .uint64(let value): kind(10) + littleEndian(value)
        case .float32(let value): kind(6) + littleEndian(value.bitPattern)
        case .bool(let value): kind(7) + [value ? 1 : 0]
        case .string(let value): kind(8) + text(value)
        case .strings(let values): array(8, values.count) + values.flatMap(text)
        case .ints(let values): array(5, values.count) + values.flatMap { littleEndian($0) }
        case .floats(let values): array(6, values.count) + values.flatMap { littleEndian($0.bitPattern) }
        case .raw(let id, let bytes): kind(id) + bytes
        }
    }

    private func text(_ text: String) -> [UInt8] { littleEndian(UInt64(text.utf8.count)) + Array(text.utf8) }
}

/// The bytes of an integer, least significant first.
public func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
