import DeckCore
import HTTPClient

/// A deck elsewhere.
public protocol AttachedDeck: Deck {
    /// Connects, and goes on trying until `stop`. Returns when the deck can be looked at, or why it cannot, by engine;
    /// empty when at least one engine answers.
    func start() async -> [String: String]

    func stop()
}

/// Finds out what is at addresses and makes the deck that shows it.
public enum Attachment {
    /// One loradeck alone is shown whole; anything else as a fleet, of one or of many.
    ///
    /// - Parameter copy: gets each event as it happens, for a log.
    public static func open(
        _ addresses: [HTTPAddress], key: String?, copy: @escaping @Sendable (DeckEvent) -> Void = { _ in }
    ) async -> any AttachedDeck {
        if addresses.count == 1, let kind = try? await kind(at: addresses[0], key: key), kind == .loradeck {
            return LoradeckDeck(addresses[0], key: key, copy: copy)
        }
        return FleetDeck(addresses, key: key, copy: copy)
    }

    /// Throws with what is there instead.
    static func kind(at address: HTTPAddress, key: String?) async throws -> DeckIdentity.Kind {
        try await EngineProbe.identify(EngineLine(address, key: key)).kind
    }
}
