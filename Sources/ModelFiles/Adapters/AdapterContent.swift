import DeckCore
import Foundation

/// Why an adapter is not served. The text names the adapter's side and ours, and the first thing that does not fit.
public struct AdapterRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    /// Whether the same files would be refused again; false for what the system could not do this time.
    public let isLasting: Bool

    public init(_ reason: String, isLasting: Bool = true) {
        self.reason = reason
        self.isLasting = isLasting
    }

    init(_ error: ModelFileError) { self.init(error.description, isLasting: error.isLasting) }

    /// A call to the system that failed, by its `errno`.
    init(path: String, errno code: Int32) {
        self.init("\(path): \(String(cString: strerror(code)))", isLasting: code == ELOOP || code == ENAMETOOLONG)
    }

    /// Why a path whose links were followed before cannot be opened now (`LinkFreePath`).
    init(resolved path: String, errno code: Int32) {
        guard code == ELOOP || code == ENOTDIR else {
            self.init(path: path, errno: code)
            return
        }
        self.init(
            "\(path) changed on disk since it was looked at: a link or a file stands in the place of a folder; try again",
            isLasting: false)
    }

    public var description: String { reason }
}

/// An adapter whose configuration and header were read and fit the base; its weights have not been read.
public protocol AdapterContent: Sendable {
    var facts: AdapterFacts { get }
    /// In layer order, then module order; never empty.
    var shapes: [LoRAShape] { get }

    /// The states of its configuration and weights when they were opened; empty when they are too fresh to be told from a
    /// later write (`FileState`).
    var files: [FileState] { get }

    /// Reads every weight and calls `body` once per shape, in order, with the module's A [rank × inputSize] and B
    /// [outputSize × rank] as they are stored, B's rows in the base's own order (q and k rows permuted where the base's
    /// are). Returns the identity of the content: the SHA-256 of every byte of the weights and of what they mean.
    ///
    /// `digest` is that identity where the caller knows it, because it was computed when the files were in the very states
    /// that `files` tells. Then neither the hash nor the search for values that are not finite is done again; that the
    /// files stay in those states until the last byte is read is checked as ever. Nil for anything else: a first read,
    /// files that were touched, or that changed so lately that the states prove nothing.
    ///
    /// Throws `AdapterRefusal` for weights that are not finite or changed on disk, and whatever `body` throws.
    func read(
        knownAs digest: Digest?, _ body: (_ index: Int, _ a: StoredMatrix, _ b: StoredMatrix) throws -> Void
    ) throws -> Digest
}

extension AdapterContent {
    /// Reads and verifies every weight, with A as [rank × inputSize] and B transposed as [rank × outputSize] in single
    /// precision. Returns and throws as `read(knownAs:)` does. For tools; an engine packs what is stored.
    public func read(
        _ body: (_ index: Int, _ a: UnsafeBufferPointer<Float>, _ bTransposed: UnsafeBufferPointer<Float>) throws ->
            Void
    ) throws -> Digest {
        var floatsA: [Float] = []
        var floatsB: [Float] = []
        return try read(knownAs: nil) { index, a, b in
            floatsA = a.floats()
            floatsB = b.transposedFloats()
            try floatsA.withUnsafeBufferPointer { a in
                try floatsB.withUnsafeBufferPointer { b in try body(index, a, b) }
            }
        }
    }
}

/// Opens adapters for one base.
public protocol AdapterOpening: Sendable {
    /// Reads configuration and header and checks them against the base (invariants 4, 5 and 9).
    /// `overrideBase` accepts a contradicting base declaration; shapes must fit even so.
    func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent

    /// What stands in the place where an adapter of that name would be found by itself: its path, as `AdapterFacts` has it,
    /// and the states of its files, as `AdapterContent` has them. Nil where names have no place, or nothing stands there.
    /// Opens no file.
    func standing(under name: String) -> (path: String, files: [FileState])?
}

extension AdapterOpening {
    public func standing(under name: String) -> (path: String, files: [FileState])? { nil }
}
