/// What a name stands for at one moment: enough to decide by, without the figures of a snapshot.
public struct AdapterStanding: Hashable, Sendable {
    public let name: String
    public let digest: Digest
    /// Where its version was registered from.
    public let path: String
    public let state: Residency

    public init(name: String, digest: Digest, path: String, state: Residency) {
        self.name = name
        self.digest = digest
        self.path = path
        self.state = state
    }
}
