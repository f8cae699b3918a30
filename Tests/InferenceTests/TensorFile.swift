import Foundation
import ModelFiles

/// Memory that tensors of a test stand in.
final class TensorMemory: Sendable {
    /// Written before anybody else sees it.
    nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    init(_ data: Data) {
        bytes = .allocate(byteCount: max(64, data.count), alignment: 64)
        data.copyBytes(to: bytes)
    }

    deinit { bytes.deallocate() }

    func view(_ name: String, _ type: TensorType, _ shape: [Int], at range: Range<Int>) -> TensorView {
        TensorView(
            name: name, type: type, shape: shape, bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), owner: self)
    }
}

/// The tensors of a small safetensors file in f32, f16 or bf16, read without the program's own reader.
struct TensorFile {
    let tensors: [String: TensorView]

    init(_ url: URL) throws {
        let data = try Data(contentsOf: url)
        let headerSize = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let parsed = try JSONSerialization.jsonObject(with: data[8..<8 + headerSize])
        let header = parsed as? [String: Any] ?? [:]
        let memory = TensorMemory(data.dropFirst(8 + headerSize))
        var tensors: [String: TensorView] = [:]
        for (name, entry) in header {
            guard let entry = entry as? [String: Any], let offsets = entry["data_offsets"] as? [Int],
                let shape = entry["shape"] as? [Int], let kind = entry["dtype"] as? String
            else { continue }
            let type: TensorType = kind == "F32" ? .f32 : kind == "F16" ? .f16 : .bf16
            tensors[name] = memory.view(name, type, shape, at: offsets[0]..<offsets[1])
        }
        self.tensors = tensors
    }
}

extension TensorView {
    /// Values of a plain type.
    var floats: [Float] {
        switch type {
        case .f32: (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        case .f16: (0..<bytes.count / 2).map { Float(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Float16.self)) }
        default:
            (0..<bytes.count / 2).map {
                Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) << 16)
            }
        }
    }
}
