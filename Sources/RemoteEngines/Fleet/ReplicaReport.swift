import DeckCore
import Foundation
import HTTPClient

/// All that is known of one engine of a fleet at one moment.
struct ReplicaReport: Sendable {
    let name: String
    let address: HTTPAddress
    /// Nil while it has not answered yet.
    var kind: DeckIdentity.Kind?
    var state: ReplicaSnapshot.State
    /// The last look at it.
    var reading: EngineReading?
    var window = CounterWindow()
    /// When each adapter was last seen in use.
    var lastActive: [String: Date] = [:]
    /// Every adapter that it served since we look, and where it read that from.
    var paths: [String: String] = [:]
    var known: Set<String> = []

    init(name: String, address: HTTPAddress, state: ReplicaSnapshot.State) {
        self.name = name
        self.address = address
        self.state = state
    }

    /// Forgets all adapters that were ever seen there.
    mutating func forgetAdapters() {
        known = []
        paths = [:]
        lastActive = [:]
    }

    /// Its last reading, as long as that still counts.
    var current: EngineReading? {
        if case .down = state { return nil }
        return reading
    }

    func serves(_ adapter: String?) -> Bool {
        guard let current else { return false }
        return adapter.map { name in current.adapters.contains { $0.name == name } } ?? true
    }

    var load: Int { (current?.running ?? 0).plus(current?.waiting ?? 0) }
}
