/// Why an engine does not start, with the arithmetic (invariant 8).
public struct EngineRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}
