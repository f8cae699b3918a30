import Foundation

/// One version of an adapter name: which content it pointed at, and where that came from.
public struct AdapterVersion: Hashable, Sendable, Codable {
    public let name: String
    public let digest: Digest
    public let facts: AdapterFacts
    public let registered: Date
    /// The states of its files when the digest was computed from them, as `AdapterContent.files` gives them: as long as
    /// they are in these states the digest is known without reading a weight. Empty when that cannot be told.
    public let files: [FileState]
    /// The content that stood in the name's own place in the adapter root when an order gave the name this version from
    /// elsewhere, by a roll-back or a registration: found there again, it is not made the name's version by a start. Nil for
    /// a version that was registered from that place.
    public let insteadOf: Digest?

    public init(
        name: String, digest: Digest, facts: AdapterFacts, registered: Date, files: [FileState] = [],
        insteadOf: Digest? = nil
    ) {
        self.name = name
        self.digest = digest
        self.facts = facts
        self.registered = registered
        self.files = files
        self.insteadOf = insteadOf
    }

    /// The same version with other facts, or files in other states.
    public func with(facts: AdapterFacts? = nil, files: [FileState]? = nil) -> AdapterVersion {
        AdapterVersion(
            name: name, digest: digest, facts: facts ?? self.facts, registered: registered,
            files: files ?? self.files, insteadOf: insteadOf)
    }
}

/// Where a deck writes what must survive it (invariant 10). A call returns when the fact is durable; the deck
/// acknowledges a command only after that.
public protocol DeckJournal: Sendable {
    /// Appends to the audit log and returns the event's id.
    func record(
        time: Date, kind: DeckEvent.Kind, level: DeckEvent.Level, actor: String, subject: String?, message: String,
        command: String?
    ) throws -> Int64

    /// Makes `version` the one that its name points at. That the name was turned away from its content, or from what stood
    /// where it comes from, is forgotten; `standing`, the states of the files in the name's own place in the adapter root, is
    /// remembered where they are not the version's own.
    func save(_ version: AdapterVersion, standing: [FileState]) throws

    /// Notes that an adapter of this content was verified on the base. `save` notes it of versions whose verdict says so.
    func noteVerified(_ adapter: Digest, fileBytes: Int) throws

    func setPinned(_ pinned: Bool, adapter: String) throws

    /// Forgets a name with its versions and its pin; its events stay. That it was unregistered is remembered until a version
    /// of it is saved again: with the contents of its versions, the states of their files, and `standing`, the states of the
    /// files in the name's own place in the adapter root.
    func remove(adapter: String, standing: [FileState]) throws

    /// Notes that files in these states hold content that an order turned the name away from, so that they need not be read
    /// to be told.
    func noteTurnedDown(_ content: Digest, files: [FileState], adapter: String) throws

    /// Runs `body`, whose calls of this journal become durable together when this returns: a flush to the disk costs
    /// the same for one fact and for a hundred. A call in it that throws, and is caught in it, takes back only itself.
    /// Throws what `body` throws, and when nothing of it could be kept.
    func together(_ body: () throws -> Void) throws
}

extension DeckJournal {
    public func save(_ version: AdapterVersion) throws { try save(version, standing: []) }

    public func noteVerified(_ adapter: Digest, fileBytes: Int) throws {}

    public func noteTurnedDown(_ content: Digest, files: [FileState], adapter: String) throws {}

    public func together(_ body: () throws -> Void) throws { try body() }
}
