/// Which adapters were verified on one base, by what they hold and what it holds: a base's file that is renamed later, or
/// an adapter that is saved again with another name for its base, changes nothing of that.
public protocol VerifiedAdapters: Sendable {
    /// Whether an adapter of this content was verified on the base.
    func isVerified(_ adapter: Digest) -> Bool
    /// Whether one whose weights file has so many bytes was, so that no other has to be read to be told.
    func mayBeVerified(fileBytes: Int) -> Bool
    /// The digest that was computed from files when they were in those very states; nil where none is known.
    func digest(of files: [FileState]) -> Digest?
}
