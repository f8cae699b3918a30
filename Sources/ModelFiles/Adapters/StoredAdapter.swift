import Crypto
import DeckCore
import Foundation

/// An adapter on disk whose configuration and header fit the base.
///
/// It holds no mapping: weights are read with `pread`, so that a file which shrinks while it is read is a refusal and
/// not a bus error, and thousands of registered adapters hold no address space.
struct StoredAdapter: AdapterContent {
    let facts: AdapterFacts
    let shapes: [LoRAShape]
    /// Remarks for whoever inspects the adapter.
    let notes: [String]
    private let modules: [StoredModule]
    private let weights: FileStamp
    private let storedPairing: RotaryConfig.Pairing

    init(
        facts: AdapterFacts, modules: [StoredModule], weights: FileStamp, storedPairing: RotaryConfig.Pairing,
        notes: [String]
    ) {
        self.facts = facts
        self.modules = modules
        self.shapes = modules.map(\.shape)
        self.weights = weights
        self.storedPairing = storedPairing
        self.notes = notes
    }

    /// The configuration in canonical form: what the weights mean, whatever the files are called and however the
    /// configuration words it. The weights' bytes follow it in the hash, A and B of each module in model order.
    private var canonicalConfig: String {
        var text = "loradeck adapter 1\nrows \(storedPairing == .halves ? "halves" : "interleaved")\n"
        for module in modules {
            let shape = module.shape
            text += "\(shape.module.path(layer: shape.layer)) \(shape.rank) \(shape.inputSize) \(shape.outputSize) "
            text +=
                "\(String(module.scale.bitPattern, radix: 16)) \(module.a.type.rawValue) \(module.b.type.rawValue)\n"
        }
        return text + "weights\n"
    }

    func read(
        _ body: (_ index: Int, _ a: UnsafeBufferPointer<Float>, _ bTransposed: UnsafeBufferPointer<Float>) throws ->
            Void
    ) throws -> DeckCore.Digest {
        let file = try weights.open()
        var hash = SHA256()
        hash.update(data: Data(canonicalConfig.utf8))
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: modules.map { max($0.a.byteCount, $0.b.byteCount) }.max() ?? 0, alignment: 16)
        defer { bytes.deallocate() }
        let largestA = shapes.map { $0.rank * $0.inputSize }.max() ?? 0
        let largestB = shapes.map { $0.rank * $0.outputSize }.max() ?? 0
        let a = UnsafeMutableBufferPointer<Float>.allocate(capacity: largestA)
        defer { a.deallocate() }
        let b = UnsafeMutableBufferPointer<Float>.allocate(capacity: largestB)
        defer { b.deallocate() }
        let bTransposed = UnsafeMutableBufferPointer<Float>.allocate(capacity: largestB)
        defer { bTransposed.deallocate() }

        for (index, module) in modules.enumerated() {
            let shape = module.shape
            try load(module.a, from: file, through: bytes, into: a, count: shape.rank * shape.inputSize, &hash)
            try load(module.b, from: file, through: bytes, into: b, count: shape.rank * shape.outputSize, &hash)
            for row in 0..<shape.outputSize {
                let source = module.rows.source(of: row) * shape.rank
                for component in 0..<shape.rank {
                    bTransposed[component * shape.outputSize + row] = b[source + component]
                }
            }
            try body(
                index, UnsafeBufferPointer(rebasing: a[0..<shape.rank * shape.inputSize]),
                UnsafeBufferPointer(rebasing: bTransposed[0..<shape.rank * shape.outputSize]))
        }
        try file.verifyUnchanged()
        guard let digest = DeckCore.Digest(bytes: hash.finalize()) else {
            throw AdapterRefusal("SHA-256 gave no 32 bytes")
        }
        return digest
    }

    /// Reads one tensor as Float, hashing its bytes as stored.
    private func load(
        _ tensor: StoredTensor, from file: borrowing AdapterFile, through bytes: UnsafeMutableRawBufferPointer,
        into values: UnsafeMutableBufferPointer<Float>, count: Int, _ hash: inout SHA256
    ) throws {
        let stored = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<tensor.byteCount])
        try file.read(into: stored, at: tensor.offset)
        hash.update(bufferPointer: UnsafeRawBufferPointer(stored))
        let target = UnsafeMutableBufferPointer(rebasing: values[0..<count])
        PlainValues.convert(UnsafeRawBufferPointer(stored), tensor.type, into: target)
        // Any infinity or NaN makes the sum NaN, and the loop has no branch.
        var probe: Float = 0
        for value in target { probe += value * 0 }
        guard probe == 0 else {
            let index = target.firstIndex { !$0.isFinite } ?? 0
            throw AdapterRefusal(
                "\(tensor.name) holds \(target[index]) at position \(index): its weights are not finite")
        }
    }
}
