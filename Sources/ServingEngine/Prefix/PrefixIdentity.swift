import DeckCore

/// Whose computation a cached prefix is: content, never a name (invariant 3), and for whom it was made (invariant 15).
struct PrefixIdentity: Hashable, Sendable {
    /// What computed it, the base's own digest aside, of which an engine has one. An adapter's digest covers its scale.
    enum Content: Hashable, Sendable {
        case base
        case adapter(Digest)
    }

    let content: Content
    let audience: PrefixAudience
}

/// Who may begin on a cached prefix: equal audiences share, all others learn nothing of each other.
struct PrefixAudience: Hashable, Sendable {
    /// The tenant; nil where the operator lets all tenants share one pool of prefixes.
    let tenant: String?
    /// What a request says to part its prefixes further; nil says nothing, and is an audience of its own.
    let salt: String?

    init(tenant: String, salt: String?, sharesPrefixes: Bool) {
        self.tenant = sharesPrefixes ? nil : tenant
        self.salt = salt
    }
}
