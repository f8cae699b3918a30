/// Where an adapter's weights are, and what happens to them.
///
/// registered -> loading -> resident -> evicting -> registered. `failed` and `quarantined` stay until an operator acts.
public enum Residency: Hashable, Sendable, Codable {
    /// Known by name and digest; its weights are on disk only.
    case registered
    /// Being read and verified off the step thread; `fraction` of its bytes have arrived (0...1).
    case loading(fraction: Double)
    /// Every weight stands in pages of the pool.
    case resident
    /// No new request is admitted; pages go back when the last running sequence ends.
    case evicting
    /// The last load was refused or broke.
    case failed(reason: String)
    /// Taken out of service by an operator or by repeated failures.
    case quarantined(reason: String)

    /// One word for tables and scripts.
    public var word: String {
        switch self {
        case .registered: "registered"
        case .loading: "loading"
        case .resident: "resident"
        case .evicting: "evicting"
        case .failed: "failed"
        case .quarantined: "quarantined"
        }
    }

    /// Whether the adapter holds pages of the pool in this state.
    public var holdsPages: Bool {
        switch self {
        case .loading, .resident, .evicting: true
        case .registered, .failed, .quarantined: false
        }
    }
}

/// What could be told about the base that an adapter was trained on (invariant 5).
public enum BaseVerdict: Hashable, Sendable, Codable {
    /// The declared base is one of the names, or the digest, that this base is known by.
    case verified
    /// Shapes fit, but the declared base cannot be told from ours: shown as unverified, never as fine.
    case unverified(reason: String)
    /// The declared base contradicts ours and an operator's flag overrode the refusal.
    case overridden(reason: String)

    /// One word for tables and scripts.
    public var word: String {
        switch self {
        case .verified: "verified"
        case .unverified: "unverified"
        case .overridden: "overridden"
        }
    }
}
