import DeckCore
import HTTPTypes

/// What a request shows of who sends it.
struct Credential: Hashable, Sendable {
    enum Shown: Hashable, Sendable {
        case nothing
        /// Something that is no key.
        case malformed
        case key(APIKey)
    }

    let shown: Shown
    let peer: PeerAddress

    init(shown: Shown, peer: PeerAddress) {
        self.shown = shown
        self.peer = peer
    }

    /// By the header `Authorization` alone: one that stands twice is no key.
    init(_ headers: HTTPFields, from peer: PeerAddress) {
        self.peer = peer
        guard let sent = headers[.authorization], let space = sent.firstIndex(of: " "),
            sent[..<space].lowercased() == "bearer"
        else {
            shown = .nothing
            return
        }
        shown = APIKey(sent[sent.index(after: space)...]).map { .key($0) } ?? .malformed
    }
}

/// Who asks, and what it may.
struct Access: Hashable, Sendable {
    let tenant: TenantRecord
    let isAdministrator: Bool
    /// What it was given for. Time passes while a request arrives and is answered, so it is judged again.
    let credential: Credential

    /// Whether it was given without a key.
    var isAnonymous: Bool { tenant == TenantDirectory.anonymous }

    func mayUse(_ adapter: String?) -> Bool { isAdministrator || tenant.mayUse(adapter) }

    /// Throws for a tenant's key on an administrator's route.
    func requireAdministrator(_ what: String) throws(APIError) {
        guard isAdministrator else { throw .forbidden("\(what) needs an administrator's key") }
    }

    /// Whether it still allows everything that `earlier` allowed.
    func covers(_ earlier: Access) -> Bool {
        guard tenant.name == earlier.tenant.name, isAdministrator || !earlier.isAdministrator else { return false }
        guard !isAdministrator, let adapters = tenant.adapters else { return true }
        return earlier.tenant.adapters.map(adapters.isSuperset) ?? false
    }
}
