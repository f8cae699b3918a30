import DeckCore

/// The versions that names pointed at before, so that a name can go back to one.
struct VersionBook: Sendable {
    /// Versions of one name that are kept, the newest.
    static let limit = 32

    /// By name, newest first.
    private var earlier: [String: [AdapterVersion]] = [:]

    /// `versions` are the oldest of each name first.
    init(_ versions: [AdapterVersion] = []) {
        for version in versions { add(version) }
    }

    /// Those of one name, newest first.
    subscript(name: String) -> [AdapterVersion] { earlier[name] ?? [] }

    /// Those of every name.
    var all: [AdapterVersion] { earlier.values.flatMap { $0 } }

    /// A name pointed at `version` and points at the content `digest` now.
    mutating func superseded(_ version: AdapterVersion, by digest: Digest) {
        earlier[version.name]?.removeAll { $0.digest == digest }
        add(version)
    }

    mutating func forget(_ name: String) { earlier[name] = nil }

    private mutating func add(_ version: AdapterVersion) {
        var versions = earlier[version.name] ?? []
        versions.removeAll { $0.digest == version.digest }
        versions.insert(version, at: 0)
        earlier[version.name] = Array(versions.prefix(Self.limit))
    }
}
