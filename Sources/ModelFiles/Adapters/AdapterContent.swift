import DeckCore

/// Why an adapter is not served. The text names the adapter's side and ours, and the first thing that does not fit.
public struct AdapterRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}

/// An adapter whose configuration and header were read and fit the base; its weights have not been read.
public protocol AdapterContent: Sendable {
    var facts: AdapterFacts { get }
    /// In layer order, then module order; never empty.
    var shapes: [LoRAShape] { get }

    /// Reads and verifies every weight and calls `body` once per shape, in order, with A as [rank × inputSize] and B
    /// transposed as [rank × outputSize], both in the base's own row order (q and k rows permuted where the base's are).
    /// Returns the identity of the content. Throws `AdapterRefusal` for weights that are not finite or changed on disk,
    /// and whatever `body` throws.
    func read(
        _ body: (_ index: Int, _ a: UnsafeBufferPointer<Float>, _ bTransposed: UnsafeBufferPointer<Float>) throws ->
            Void
    ) throws -> Digest
}

/// Opens adapters for one base.
public protocol AdapterOpening: Sendable {
    /// Reads configuration and header and checks them against the base (invariants 4, 5 and 9).
    /// `overrideBase` accepts a contradicting base declaration; shapes must fit even so.
    func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent
}
