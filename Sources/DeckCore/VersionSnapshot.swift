import Foundation

/// One content that an adapter's name points at, or pointed at before.
public struct VersionSnapshot: Hashable, Sendable, Codable, Identifiable {
    public var id: Digest { digest }
    public let digest: Digest
    public let registered: Date
    /// Where it was registered from.
    public let path: String
    /// Whether the name points at it now.
    public let isCurrent: Bool
    /// Sequences that run on it.
    public let users: Int
    /// Where its bytes are; nil where the deck does not tell.
    public let bytes: VersionBytes?

    public init(
        digest: Digest, registered: Date, path: String, isCurrent: Bool, users: Int, bytes: VersionBytes? = nil
    ) {
        self.digest = digest
        self.registered = registered
        self.path = path
        self.isCurrent = isCurrent
        self.users = users
        self.bytes = bytes
    }
}

/// Where the bytes of a version are: whether its name can go back to it.
public enum VersionBytes: Hashable, Sendable, Codable {
    /// The deck has a copy, whatever becomes of the place that it was registered from.
    case kept
    /// Only where it was registered from; the reason says why there is no copy.
    case onlyInPlace(reason: String)
    /// Nowhere that the deck knows; the reason says what stands in their place.
    case gone(reason: String)
}
