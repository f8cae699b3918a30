import DeckCore
import HTTPTypes

/// Who asks, and what it may.
struct Access: Hashable, Sendable {
    let tenant: TenantRecord
    let isAdministrator: Bool

    func mayUse(_ adapter: String?) -> Bool { isAdministrator || tenant.mayUse(adapter) }

    /// Throws for a tenant's key on an administrator's route.
    func requireAdministrator(_ what: String) throws(APIError) {
        guard isAdministrator else { throw .forbidden("\(what) needs an administrator's key") }
    }
}

/// Every tenant and key at one moment.
public struct TenantDirectory: Hashable, Sendable {
    /// Whom requests belong to where there are no keys.
    static let anonymous = TenantRecord(name: "api", adapters: nil)

    private let keys: [String: KeyRecord]
    private let tenants: [String: TenantRecord]

    public init(tenants: [TenantRecord] = [], keys: [KeyRecord] = []) {
        self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
        self.tenants = Dictionary(tenants.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Without any key, who reaches the server may do everything; then it must be reached from this machine only.
    public var hasKeys: Bool { !keys.isEmpty }

    func access(_ headers: HTTPFields) throws(APIError) -> Access {
        guard hasKeys else { return Access(tenant: Self.anonymous, isAdministrator: true) }
        guard let sent = headers[.authorization], let space = sent.firstIndex(of: " "),
            sent[..<space].lowercased() == "bearer"
        else { throw .unauthorised("an API key is needed: send the header Authorization: Bearer KEY") }
        guard let key = APIKey(sent[sent.index(after: space)...]), let record = keys[key.id], key.matches(record.hash),
            let tenant = tenants[record.tenant]
        else { throw .unauthorised("the API key is not valid") }
        return Access(tenant: tenant, isAdministrator: record.isAdministrator)
    }
}
