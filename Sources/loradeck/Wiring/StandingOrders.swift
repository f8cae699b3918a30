import DeckCore
import Foundation
import Registry

/// What operators ordered of adapters' names, as the registry remembers it: what stands in the adapter root is held against
/// it, at a start and when a request names it, so that nothing ordered is taken back before a folder changes.
struct StandingOrders: Sendable {
    /// What an adapter in its own place is to the deck.
    enum Verdict: Equatable {
        /// The name points at it, or elsewhere by order: there is nothing to register.
        case served
        /// The name was unregistered by order, and nothing changed since.
        case unregistered
        /// Nobody judged its files. Contents that the name was turned away from are not registered even so: the same bytes
        /// in other files are no news.
        case unjudged(turnedDown: Set<Digest>)
    }

    private let roots: AdapterRoots
    /// Of names whose version stands in a root; those that it cannot be opened in are not served.
    private let current: [String: AdapterVersion]
    private let earlier: [String: [AdapterVersion]]
    private let turnedDown: [String: [TurnedDown]]

    /// Of every name.
    init(_ registry: Registry, roots: AdapterRoots) throws(RegistryError) {
        self.init(
            current: try registry.versions(), earlier: try registry.earlierVersions(),
            turnedDown: try registry.turnedDown(), roots: roots)
    }

    init(current: [AdapterVersion], earlier: [AdapterVersion], turnedDown: [TurnedDown], roots: AdapterRoots) {
        self.roots = roots
        let standing = current.filter { roots.contains($0.facts.path) }
        self.current = Dictionary(standing.map { ($0.name, $0) }) { first, _ in first }
        self.earlier = Dictionary(grouping: earlier, by: \.name)
        self.turnedDown = Dictionary(grouping: turnedDown, by: \.name)
    }

    /// Looks at the states of its files only.
    func verdict(of adapter: NamedAdapter) -> Verdict {
        let found = roots.look(adapter.path.path)
        let files = found?.files ?? []
        let orders = turnedDown[adapter.name] ?? []
        let wasTurnedDown = !files.isEmpty && orders.contains { $0.files == files }
        let contents = Set(orders.compactMap(\.digest))
        guard let version = current[adapter.name] else {
            return wasTurnedDown ? .unregistered : .unjudged(turnedDown: contents)
        }
        let others = earlier[adapter.name] ?? []
        let isKnown =
            !files.isEmpty
            && (isStanding(version, in: files, at: found?.path)
                || others.contains { $0.files == files })
        if wasTurnedDown || isKnown { return .served }
        // Of files that were too fresh when they were read, only the content tells.
        let untold = others.filter(\.files.isEmpty).map(\.digest)
        var left = contents.union(untold)
        if let content = version.insteadOf { left.insert(content) }
        left.remove(version.digest)
        return .unjudged(turnedDown: left)
    }

    /// Whether files are a version's own, and it is served from them or from others in the same states.
    private func isStanding(_ version: AdapterVersion, in files: [FileState], at path: String?) -> Bool {
        guard version.files == files else { return false }
        return version.facts.path == path || roots.look(version.facts.path)?.files == files
    }
}
