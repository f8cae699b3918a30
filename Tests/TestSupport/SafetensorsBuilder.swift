import Foundation

/// Makes small safetensors files, sound or broken.
public struct SafetensorsBuilder {
    public struct Tensor {
        public var name: String
        public var dtype: String
        public var shape: [Int]
        public var bytes: [UInt8]
        /// Overrides the offsets that follow from the tensors before.
        public var offsets: (Int, Int)?

        public init(_ name: String, dtype: String, shape: [Int], bytes: [UInt8], offsets: (Int, Int)? = nil) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.bytes = bytes
            self.offsets = offsets
        }

        public init(_ name: String, shape: [Int], floats: [Float]) {
            self.init(name, dtype: "F32", shape: shape, bytes: floats.flatMap { littleEndian($0.bitPattern) })
        }
    }

    public var tensors: [Tensor] = []
    public var metadata: [String: String] = ["format": "pt"]
    /// Overrides the header's length field.
    public var headerLength: UInt64?

    public init(_ tensors: [Tensor] = []) { self.tensors = tensors }

    public func build() -> Data {
        var data: [UInt8] = []
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        for tensor in tensors {
            let (begin, end) = tensor.offsets ?? (data.count, data.count + tensor.bytes.count)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\"\(tensor.name)\":{\"dtype\":\"\(tensor.dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
            )
            data += tensor.bytes
        }
        return Self.file(header: "{\(members.joined(separator: ","))}", data: data, length: headerLength)
    }

    /// A file of any header text.
    public static func file(header: String, data: [UInt8] = [], length: UInt64? = nil) -> Data {
        var header = Array(header.utf8)
        header += [UInt8](repeating: 32, count: (8 - header.count % 8) % 8)
        return Data(littleEndian(length ?? UInt64(header.count)) + header + data)
    }
}
