import DeckCore

/// What was seen of versions' bytes, off the step thread.
struct VersionSighting: Sendable {
    /// Where a version's own bytes should stand.
    struct Place: Hashable, Sendable {
        let digest: Digest
        let path: String

        init(_ version: AdapterVersion) {
            digest = version.digest
            path = version.facts.path
        }
    }

    /// A copy that was asked for, and why there is none.
    var asked: (digest: Digest, refusal: String?)?
    /// All copies there are, and what stands in the place of versions without one; nil where only `asked` was looked at.
    var whole: (kept: Set<Digest>, strangers: [Place: String])?
}

/// Where the bytes of versions are, as it was seen last: what a roll-back will find, known before somebody chooses it.
struct VersionPlaces: Sendable {
    /// Seconds between two looks while somebody watches.
    static let lookSeconds = 5.0

    private var kept: Set<Digest> = []
    private var strangers: [VersionSighting.Place: String] = [:]
    private var refusals: [Digest: String] = [:]
    private var asked: Set<Digest> = []
    /// On the engine's clock; nil before the first look.
    private var lookedAt: Double?

    /// Whether a copy should be asked for; asks once for each content.
    mutating func asks(for digest: Digest) -> Bool { !kept.contains(digest) && asked.insert(digest).inserted }

    /// Whether it is time for a look; then the next one is due later.
    mutating func isDue(now: Double) -> Bool {
        if let lookedAt, now - lookedAt < Self.lookSeconds { return false }
        lookedAt = now
        return true
    }

    /// Takes in what was seen; returns whether the whole of it changed.
    mutating func take(_ sighting: VersionSighting) -> Bool {
        if let asked = sighting.asked {
            refusals[asked.digest] = asked.refusal
            if asked.refusal == nil { kept.insert(asked.digest) }
        }
        guard let whole = sighting.whole, whole.kept != kept || whole.strangers != strangers else { return false }
        kept = whole.kept
        strangers = whole.strangers
        return true
    }

    /// A copy is not what it should be, and leaves.
    mutating func forget(_ digest: Digest) {
        kept.remove(digest)
        asked.remove(digest)
        refusals[digest] = "its copy was damaged"
    }

    func bytes(of version: AdapterVersion) -> VersionBytes {
        if kept.contains(version.digest) { return .kept }
        if let stranger = strangers[VersionSighting.Place(version)] { return .gone(reason: stranger) }
        return .onlyInPlace(reason: refusals[version.digest] ?? "not copied so far")
    }
}
