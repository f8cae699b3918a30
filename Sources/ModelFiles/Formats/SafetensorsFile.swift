/// A safetensors file: a JSON table of tensors and their bytes, read from a mapping.
///
/// As strict as the format's own reader: the table is bounded before it is read, names are unique, and the tensors cover
/// the data without holes or overlaps. Types: F32, F16 and BF16.
public final class SafetensorsFile: Sendable {
    /// Largest header that is read, as in the format's own reader.
    public static let headerLimit = 100_000_000

    /// The mapping that the tensors stand in.
    public let file: MappedFile
    public let tensors: [String: TensorView]
    /// The `__metadata__` member: free text by key.
    public let metadata: [String: String]

    public var path: String { file.path }

    /// Maps and reads the file at `path`. Throws for whatever the format does not allow, for a pickle, and for a tensor
    /// of another type, naming it.
    public convenience init(path: String) throws(ModelFileError) {
        try self.init(try MappedFile(path: path))
    }

    /// Reads a mapped file. Throws as `init(path:)` does.
    init(_ file: MappedFile) throws(ModelFileError) {
        let path = file.path
        if let other = FileKind(file.bytes).mismatch(.safetensors) { throw ModelFileError(path: path, other) }
        let header = try Self.header(of: file)
        guard case .object(var members) = try JSONValue.parse(header, path: path) else {
            throw ModelFileError(path: path, "the header is not a JSON object")
        }
        var metadata: [String: String] = [:]
        if let value = members.removeValue(forKey: "__metadata__") {
            guard let object = value.object else {
                throw ModelFileError(path: path, "__metadata__ is \(value.kind), not an object")
            }
            for (key, member) in object {
                guard let text = member.string else {
                    throw ModelFileError(path: path, "__metadata__ of \"\(key)\" is \(member.kind), not a string")
                }
                metadata[key] = text
            }
        }
        var entries: [SafetensorsEntry] = []
        entries.reserveCapacity(members.count)
        // Sorted, so that the same broken file always gets the same message.
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            entries.append(try SafetensorsEntry(name: name, member, path: path))
        }
        let data = UnsafeRawBufferPointer(rebasing: file.bytes[(8 + header.count)...])
        try Self.requireCover(entries, dataBytes: data.count, path: path)
        var tensors: [String: TensorView] = [:]
        tensors.reserveCapacity(entries.count)
        for entry in entries {
            tensors[entry.name] = TensorView(
                name: entry.name, type: entry.type, shape: entry.shape,
                bytes: UnsafeRawBufferPointer(rebasing: data[entry.range]), owner: file)
        }
        self.file = file
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The text of the table. Throws for a file that cannot hold what it claims.
    static func header(of file: MappedFile) throws(ModelFileError) -> UnsafeRawBufferPointer {
        guard file.count >= 8 else {
            throw ModelFileError(path: file.path, "truncated: \(file.count) bytes are too few for a safetensors file")
        }
        let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(headerLimit) else {
            throw ModelFileError(
                path: file.path, "the header claims \(length) bytes; at most \(headerLimit) are read")
        }
        guard length <= UInt64(file.count - 8) else {
            throw ModelFileError(
                path: file.path, "truncated: the header claims \(length) bytes, but the file has \(file.count)")
        }
        return UnsafeRawBufferPointer(rebasing: file.bytes[8..<8 + Int(length)])
    }

    private static func requireCover(
        _ entries: [SafetensorsEntry], dataBytes: Int, path: String
    ) throws(ModelFileError) {
        for entry in entries where entry.range.upperBound > dataBytes {
            throw ModelFileError(
                path: path,
                "truncated: the tensor \"\(entry.name)\" ends at data offset \(entry.range.upperBound), but the file has \(dataBytes) bytes of data"
            )
        }
        var end = 0
        var previous = ""
        for entry in entries.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard entry.range.lowerBound >= end else {
                throw ModelFileError(
                    path: path, "the tensors \"\(previous)\" and \"\(entry.name)\" overlap in the file")
            }
            guard entry.range.lowerBound == end else {
                throw ModelFileError(
                    path: path,
                    "\(entry.range.lowerBound - end) bytes before the tensor \"\(entry.name)\" belong to no tensor")
            }
            end = entry.range.upperBound
            previous = entry.name
        }
        guard end == dataBytes else {
            throw ModelFileError(path: path, "the last \(dataBytes - end) bytes belong to no tensor")
        }
    }
}

/// One member of the header's table.
struct SafetensorsEntry {
    let name: String
    let type: TensorType
    let shape: [Int]
    /// Within the data that follows the header.
    let range: Range<Int>

    init(name: String, _ member: JSONValue, path: String) throws(ModelFileError) {
        func failure(_ reason: String) -> ModelFileError {
            ModelFileError(path: path, "the tensor \"\(name)\" \(reason)")
        }
        guard !name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }), name.utf8.count <= 4096 else {
            throw ModelFileError(path: path, "a tensor's name holds control characters or is longer than 4096 bytes")
        }
        guard let dtype = member["dtype"]?.string else { throw failure("has no dtype") }
        switch dtype {
        case "F32": type = .f32
        case "F16": type = .f16
        case "BF16": type = .bf16
        default:
            throw failure("has the type \(dtype.prefix(40)), which is not supported; supported are F32, F16 and BF16")
        }
        guard let dimensions = member["shape"]?.array else { throw failure("has no shape") }
        guard dimensions.count <= 8 else { throw failure("has \(dimensions.count) dimensions; at most 8 are allowed") }
        var shape: [Int] = []
        var size = type.blockBytes
        for dimension in dimensions {
            guard let count = dimension.int, count >= 0 else { throw failure("has a dimension that is no size") }
            shape.append(count)
            let (product, overflow) = size.multipliedReportingOverflow(by: count)
            guard !overflow else { throw failure("has a shape that overflows: \(dimensions.compactMap(\.int))") }
            size = product
        }
        guard let offsets = member["data_offsets"]?.array, offsets.count == 2, let begin = offsets[0].int,
            let end = offsets[1].int
        else { throw failure("has no pair of data_offsets") }
        guard begin >= 0, begin <= end else { throw failure("has the data offsets \(begin) to \(end)") }
        guard end - begin == size else {
            throw failure(
                "has the shape \(shape) in \(dtype), which is \(size) bytes, but its offsets span \(end - begin)")
        }
        self.name = name
        self.shape = shape
        self.range = begin..<end
    }
}
