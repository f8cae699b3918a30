import DeckCore

/// Why a registry cannot be used as it should, in a sentence.
public enum RegistryTrouble: Hashable, Sendable, CustomStringConvertible {
    /// It cannot be read: which keys there are now, nobody knows.
    case unreadable(String)
    /// Another one stands at its path: its keys count, and nothing that is ordered can be kept.
    case replaced(String)

    public var description: String {
        switch self {
        case .unreadable(let sentence), .replaced(let sentence): sentence
        }
    }
}

/// Every tenant and key at one moment.
public struct TenantDirectory: Hashable, Sendable {
    /// Whom requests belong to where there are no keys.
    static let anonymous = TenantRecord(name: "api", adapters: nil)

    private let keys: [String: KeyRecord]
    private let tenants: [String: TenantRecord]
    /// Whether there is a key, or ever was: then nobody is served without one, even when none is left.
    public private(set) var needsKey: Bool
    /// Nil while the registry is read and stands where it was opened.
    public private(set) var trouble: RegistryTrouble?

    public init(
        tenants: [TenantRecord] = [], keys: [KeyRecord] = [], hasHadKeys: Bool = false, trouble: RegistryTrouble? = nil
    ) {
        self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
        self.tenants = Dictionary(tenants.map { ($0.name, $0) }) { first, _ in first }
        needsKey = hasHadKeys || !keys.isEmpty
        self.trouble = trouble
    }

    /// Whether a key is valid.
    public var hasKeys: Bool { !keys.isEmpty }

    /// Whether those who may ask can be told from strangers: always by a key that was valid when the registry was last read.
    var knowsWhoMayAsk: Bool {
        if case .unreadable = trouble { return hasKeys }
        return true
    }

    /// What is known when the registry cannot be read now.
    public func unread(_ sentence: String) -> TenantDirectory {
        var directory = self
        directory.trouble = .unreadable(sentence)
        return directory
    }

    /// The same, for a process that knew `earlier` before: one that had keys needs one for ever.
    func following(_ earlier: TenantDirectory) -> TenantDirectory {
        var directory = self
        directory.needsKey = needsKey || earlier.needsKey
        return directory
    }

    /// Throws for who is not served. Without a key nobody is but this machine's users, and they only as long as there never
    /// was one.
    func access(_ credential: Credential) throws(APIError) -> Access {
        guard needsKey else { return try accessWithoutKeys(credential) }
        guard case .key(let key) = credential.shown else {
            throw .unauthorised(
                credential.shown == .nothing
                    ? "an API key is needed: send the header Authorization: Bearer KEY" : "the API key is not valid")
        }
        guard let record = keys[key.id], key.matches(record.hash), let tenant = tenants[record.tenant] else {
            throw .unauthorised("the API key is not valid")
        }
        return Access(tenant: tenant, isAdministrator: record.isAdministrator, credential: credential)
    }

    private func accessWithoutKeys(_ credential: Credential) throws(APIError) -> Access {
        guard credential.peer.isLocal else {
            throw .unauthorised(
                "this server has no API keys and serves its own machine's users only, not \(credential.peer): its operator "
                    + "makes a key with `loradeck keys add`")
        }
        if case .unreadable(let sentence) = trouble {
            throw APIError(
                status: 503, message: "whether an API key is needed cannot be told: \(sentence)", retryAfter: 1)
        }
        return Access(tenant: Self.anonymous, isAdministrator: true, credential: credential)
    }
}
