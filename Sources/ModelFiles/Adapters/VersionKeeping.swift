import DeckCore

/// Keeps the bytes of adapters' versions, so that a name can go back to one whose own place holds something else by now.
///
/// Every call may read, hash and write files: none belongs on a thread that serves.
public protocol VersionKeeping: Sendable {
    /// The contents of which a whole copy is there now.
    func contents() -> Set<Digest>

    /// Copies a version's files. One that takes another's place makes room for itself, the oldest copies first; any other
    /// is kept where there is room. Never leaves: `previous`, the version that it takes the place of, a content of
    /// `serving`, and the only bytes of a version that a name points at.
    ///
    /// Throws why there is no copy: no room, or files that are not the version's any more.
    func keep(_ version: AdapterVersion, replacing previous: Digest?, serving: Set<Digest>) throws(AdapterRefusal)

    /// Opens a copy as `AdapterOpening` does. What it holds is known only when it was read: its digest decides.
    func open(_ digest: Digest, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent

    /// Takes a copy away that is not what it should be.
    func discard(_ digest: Digest)

    /// What stands in a version's own place instead of it; nil when it stands there itself.
    func stranger(inPlaceOf version: AdapterVersion) -> String?
}
