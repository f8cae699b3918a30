/// A GGUF file (version 2 or 3, little-endian): typed metadata and tensors, read from a mapping.
///
/// Every count, length and offset is checked before anything is allocated or read, so a damaged or hostile file ends in
/// an error. Format: the GGUF specification of the ggml project.
public final class GGUFFile: Sendable {
    /// The mapping that the tensors stand in.
    public let file: MappedFile
    public let version: Int
    public let metadata: [String: MetadataValue]
    public let tensors: [String: TensorView]
    /// Tensor names in the order of the file.
    public let tensorOrder: [String]
    /// Tensor offsets are multiples of this many bytes.
    public let alignment: Int

    public var path: String { file.path }

    /// Maps and reads the file at `path`. Throws for whatever the format does not allow, and for a tensor type that is
    /// not supported, naming it.
    public convenience init(path: String) throws(ModelFileError) { try self.init(try MappedFile(path: path)) }

    /// Reads a mapped file. Throws as `init(path:)` does.
    init(_ file: MappedFile) throws(ModelFileError) {
        let path = file.path
        var reader = ByteReader(file)
        guard file.bytes.starts(with: Array("GGUF".utf8)) else {
            throw ModelFileError(
                path: path, FileKind(file.bytes).mismatch(.gguf) ?? "not a GGUF file (it does not start with \"GGUF\")")
        }
        _ = try reader.integer(UInt32.self, "the header")
        let version = try reader.integer(UInt32.self, "the header")
        guard version == 2 || version == 3 else {
            throw reader.error(
                version.byteSwapped == 2 || version.byteSwapped == 3
                    ? "big-endian GGUF files are not supported"
                    : "GGUF version \(version) is not supported; versions 2 and 3 are")
        }
        let tensorCount = try reader.count("tensors", itemBytes: GGUFTensorEntry.leastBytes)
        let valueCount = try reader.count("metadata values", itemBytes: GGUFMetadataReader.leastEntryBytes)
        let metadata = try GGUFMetadataReader.read(valueCount, from: &reader)
        let alignment = try Self.alignment(metadata, reader)

        var entries: [GGUFTensorEntry] = []
        guard tensorCount <= reader.remaining / GGUFTensorEntry.leastBytes else {
            throw reader.error("claims \(tensorCount) tensors, but only \(reader.remaining) bytes are left of the file")
        }
        entries.reserveCapacity(tensorCount)
        for index in 0..<tensorCount { entries.append(try GGUFTensorEntry(index: index, from: &reader)) }

        let (dataStart, overflow) = reader.position.addingReportingOverflow(alignment - 1)
        guard !overflow else { throw reader.error("the header is too large") }
        let base = dataStart / alignment * alignment
        var tensors: [String: TensorView] = [:]
        tensors.reserveCapacity(tensorCount)
        for entry in entries {
            let view = try entry.view(in: file, dataStart: base, alignment: alignment)
            guard tensors.updateValue(view, forKey: entry.name) == nil else {
                throw reader.error("the tensor \"\(entry.name)\" is there twice")
            }
        }
        try Self.refuseOverlaps(entries, reader)
        self.file = file
        self.version = Int(version)
        self.metadata = metadata
        self.tensors = tensors
        self.tensorOrder = entries.map(\.name)
        self.alignment = alignment
    }

    private static func alignment(
        _ metadata: [String: MetadataValue], _ reader: ByteReader
    ) throws(ModelFileError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard let alignment = value.int, (8...65_536).contains(alignment), alignment & (alignment - 1) == 0 else {
            throw reader.error("general.alignment must be a power of two from 8 to 65536")
        }
        return alignment
    }

    private static func refuseOverlaps(_ entries: [GGUFTensorEntry], _ reader: ByteReader) throws(ModelFileError) {
        let sorted = entries.sorted { $0.offset < $1.offset }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.offset + left.byteCount > right.offset {
            throw reader.error("the tensors \"\(left.name)\" and \"\(right.name)\" overlap in the file")
        }
    }
}

/// One entry of the tensor table.
struct GGUFTensorEntry {
    /// Name length, dimension count, one dimension, type and offset.
    static let leastBytes = 8 + 4 + 8 + 4 + 8

    let name: String
    let type: TensorType
    /// Outermost first.
    let shape: [Int]
    let byteCount: Int
    /// From the start of the data.
    let offset: Int

    init(index: Int, from reader: inout ByteReader) throws(ModelFileError) {
        let name = try reader.name("the name of tensor \(index)")
        let dimensions = try reader.integer(UInt32.self, "tensor \"\(name)\"")
        guard (1...4).contains(dimensions) else {
            throw reader.error("the tensor \"\(name)\" has \(dimensions) dimensions; 1 to 4 are allowed")
        }
        var shape: [Int] = []
        var values = 1
        for _ in 0..<dimensions {
            let size = try reader.integer(UInt64.self, "the shape of tensor \"\(name)\"")
            guard size > 0, let size = Int(exactly: size) else {
                throw reader.error("the tensor \"\(name)\" has a dimension of \(size)")
            }
            // The file has the innermost dimension first.
            shape.insert(size, at: 0)
            let (product, overflow) = values.multipliedReportingOverflow(by: size)
            guard !overflow else { throw reader.error("the shape of tensor \"\(name)\" overflows") }
            values = product
        }
        let typeID = try reader.integer(UInt32.self, "the type of tensor \"\(name)\"")
        guard let type = TensorType(rawValue: typeID) else {
            let supported = TensorType.allCases.map(\.name).joined(separator: ", ")
            throw reader.error(
                "the tensor \"\(name)\" has the type \(TensorType.ggmlName(typeID)), which is not supported; supported are \(supported)"
            )
        }
        let columns = shape[shape.count - 1]
        guard columns % type.blockValues == 0 else {
            throw reader.error(
                "the tensor \"\(name)\" has rows of \(columns) values; \(type.name) needs a multiple of \(type.blockValues)"
            )
        }
        let (byteCount, overflow) = (values / type.blockValues).multipliedReportingOverflow(by: type.blockBytes)
        guard !overflow else { throw reader.error("the size of tensor \"\(name)\" overflows") }
        let offset = try reader.integer(UInt64.self, "the offset of tensor \"\(name)\"")
        guard let offset = Int(exactly: offset) else {
            throw reader.error("the tensor \"\(name)\" starts at \(offset), past the end of the file")
        }
        self.name = name
        self.type = type
        self.shape = shape
        self.byteCount = byteCount
        self.offset = offset
    }

    func view(in file: MappedFile, dataStart: Int, alignment: Int) throws(ModelFileError) -> TensorView {
        guard offset % alignment == 0 else {
            throw ModelFileError(
                path: file.path, "the tensor \"\(name)\" starts at \(offset), which is no multiple of \(alignment)")
        }
        let available = file.count - dataStart
        guard available >= 0, offset <= available, byteCount <= available - offset else {
            throw ModelFileError(
                path: file.path,
                "truncated: the tensor \"\(name)\" needs \(byteCount) bytes at data offset \(offset), but the file has \(max(0, available)) bytes of data"
            )
        }
        let start = dataStart + offset
        return TensorView(
            name: name, type: type, shape: shape,
            bytes: UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + byteCount]), owner: file)
    }
}
