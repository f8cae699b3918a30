import CKernels
import DeckCore
import Foundation
import Hashing

/// What configuration and header of an adapter come to on one base: where each matrix stands in the weights file and what
/// it means.
struct AdapterPlan: Sendable {
    let facts: AdapterFacts
    /// What it says of its base.
    let judgement: BaseIdentity.Judgement
    let modules: [StoredModule]
    let shapes: [LoRAShape]
    /// Remarks for whoever inspects the adapter.
    let notes: [String]
    /// The configuration in canonical form: what the weights mean, whatever the files are called and however the
    /// configuration words it. The weights' bytes follow it in the hash, A and B of each module in model order.
    let canonicalConfig: Data

    init(
        facts: AdapterFacts, judgement: BaseIdentity.Judgement, modules: [StoredModule],
        storedPairing: RotaryConfig.Pairing, notes: [String]
    ) {
        self.facts = facts
        self.judgement = judgement
        self.modules = modules
        self.notes = notes
        shapes = modules.map(\.shape)
        var text = "loradeck adapter 1\nrows \(storedPairing == .halves ? "halves" : "interleaved")\n"
        for module in modules {
            let shape = module.shape
            text += "\(shape.module.path(layer: shape.layer)) \(shape.rank) \(shape.inputSize) \(shape.outputSize) "
            text +=
                "\(String(module.scale.bitPattern, radix: 16)) \(module.a.type.rawValue) \(module.b.type.rawValue)\n"
        }
        canonicalConfig = Data((text + "weights\n").utf8)
    }
}

/// An adapter on disk whose configuration and header fit the base.
///
/// It holds no mapping: weights are read with `pread`, so that a file which shrinks while it is read is a refusal and
/// not a bus error, and thousands of registered adapters hold no address space.
struct StoredAdapter: AdapterContent {
    private(set) var facts: AdapterFacts
    let files: [FileState]
    private let plan: AdapterPlan
    private let weights: FileStamp
    private let refused: (@Sendable (AdapterRefusal) -> Void)?

    /// `facts` are the plan's, or those of another adapter with the same plan. `stamps` are of all its files, the weights
    /// last; `now` is in nanoseconds since 1970. `refused` is told of weights that are refused while they are read.
    init(
        _ plan: AdapterPlan, facts: AdapterFacts, stamps: [FileStamp], now: Int64,
        refused: (@Sendable (AdapterRefusal) -> Void)?
    ) {
        self.plan = plan
        self.facts = facts
        self.refused = refused
        weights = stamps[stamps.count - 1]
        files = stamps.allSatisfy { $0.state.isSettled(at: now) } ? stamps.map(\.state) : []
    }

    /// The same adapter, its base verified.
    func verified() -> StoredAdapter {
        var copy = self
        copy.facts = facts.verified()
        return copy
    }

    var shapes: [LoRAShape] { plan.shapes }
    var notes: [String] { plan.notes }

    func read(
        knownAs known: Digest?, _ body: (_ index: Int, _ a: StoredMatrix, _ b: StoredMatrix) throws -> Void
    ) throws -> Digest {
        let file = try weights.open()
        var hash = SHA256()
        if known == nil { hash.update(plan.canonicalConfig) }
        let a = Self.space(plan.modules.map(\.a.byteCount))
        defer { a.deallocate() }
        let b = Self.space(plan.modules.map(\.b.byteCount))
        defer { b.deallocate() }
        let decodedA = Self.space(plan.modules.map { $0.a.decodedBytes(of: $0.shape.rank * $0.shape.inputSize) })
        defer { decodedA.deallocate() }
        let decodedB = Self.space(plan.modules.map { $0.b.decodedBytes(of: $0.shape.rank * $0.shape.outputSize) })
        defer { decodedB.deallocate() }
        let ordered = Self.space(
            plan.modules.map {
                let count = $0.shape.rank * $0.shape.outputSize
                return $0.rows == .asStored ? 0 : max($0.b.byteCount, $0.b.decodedBytes(of: count))
            })
        defer { ordered.deallocate() }

        for (index, module) in plan.modules.enumerated() {
            let shape = module.shape
            let storedA = UnsafeMutableRawBufferPointer(rebasing: a[..<module.a.byteCount])
            let storedB = UnsafeMutableRawBufferPointer(rebasing: b[..<module.b.byteCount])
            try file.read(into: storedA, at: module.a.offset)
            try file.read(into: storedB, at: module.b.offset)
            let matrixA = try Self.matrix(module.a, storedA, rows: shape.rank, columns: shape.inputSize, decodedA)
            var matrixB = try Self.matrix(module.b, storedB, rows: shape.outputSize, columns: shape.rank, decodedB)
            if known == nil {
                hash.update(UnsafeRawBufferPointer(storedA))
                hash.update(UnsafeRawBufferPointer(storedB))
                try requireFinite(matrixA, module.a.name)
                try requireFinite(matrixB, module.b.name)
            }
            if module.rows != .asStored { matrixB = Self.reorder(matrixB, module.rows, into: ordered) }
            try body(index, matrixA, matrixB)
        }
        try file.verifyUnchanged()
        return known ?? hash.digest
    }

    /// Room for the largest of the tensors.
    private static func space(_ byteCounts: [Int]) -> UnsafeMutableRawBufferPointer {
        .allocate(byteCount: byteCounts.max() ?? 0, alignment: 64)
    }

    /// Copies B's rows into the base's order.
    private static func reorder(
        _ matrix: StoredMatrix, _ order: RowOrder, into target: UnsafeMutableRawBufferPointer
    ) -> StoredMatrix {
        let rowBytes = matrix.columns * matrix.type.blockBytes
        guard let from = matrix.bytes.baseAddress, let to = target.baseAddress else { return matrix }
        for row in 0..<matrix.rows {
            memcpy(to + row * rowBytes, from + order.source(of: row) * rowBytes, rowBytes)
        }
        return StoredMatrix(
            type: matrix.type, rows: matrix.rows, columns: matrix.columns,
            bytes: UnsafeRawBufferPointer(rebasing: target[..<matrix.bytes.count]))
    }

    /// The values of a stored tensor: in place, or decoded into `space` where they are quantised.
    private static func matrix(
        _ tensor: StoredTensor, _ stored: UnsafeMutableRawBufferPointer, rows: Int, columns: Int,
        _ space: UnsafeMutableRawBufferPointer
    ) throws(AdapterRefusal) -> StoredMatrix {
        let count = rows * columns
        let decodedBytes = tensor.decodedBytes(of: count)
        guard decodedBytes > 0 else {
            return StoredMatrix(
                type: tensor.type, rows: rows, columns: columns, bytes: UnsafeRawBufferPointer(stored))
        }
        let floats = UnsafeMutableRawBufferPointer(rebasing: space[..<decodedBytes])
        guard let target = floats.bindMemory(to: Float.self).baseAddress, let source = stored.baseAddress,
            deck_decode(tensor.type.rawValue, source, count, target)
        else { throw AdapterRefusal("\(tensor.name) is stored as \(tensor.type.name), which is not read") }
        return StoredMatrix(type: .f32, rows: rows, columns: columns, bytes: UnsafeRawBufferPointer(floats))
    }

    private func requireFinite(_ matrix: StoredMatrix, _ name: String) throws(AdapterRefusal) {
        guard !matrix.isFinite else { return }
        let values = matrix.floats()
        let index = values.firstIndex { !$0.isFinite } ?? 0
        let refusal = AdapterRefusal("\(name) holds \(values[index]) at position \(index): its weights are not finite")
        refused?(refusal)
        throw refusal
    }
}
