import DeckCore
import Foundation

@testable import ServingAPI

/// A tenant with a key of its own.
struct TestTenant {
    let record: TenantRecord
    let key = APIKey()
    let isAdministrator: Bool

    init(_ name: String, adapters: Set<String>? = [], isAdministrator: Bool = false) {
        record = TenantRecord(name: name, adapters: isAdministrator ? nil : adapters)
        self.isAdministrator = isAdministrator
    }

    var keyRecord: KeyRecord {
        KeyRecord(
            id: key.id, hash: key.hash, tenant: record.name, isAdministrator: isAdministrator,
            created: Date(timeIntervalSince1970: 0))
    }
}

extension TenantDirectory {
    /// Tenants with their keys. Of those in `revoked` the tenant is there, and the key is not valid any more.
    init(_ tenants: [TestTenant], revoked: [TestTenant] = [], trouble: RegistryTrouble? = nil) {
        self.init(
            tenants: (tenants + revoked).map(\.record), keys: tenants.map(\.keyRecord), hasHadKeys: !revoked.isEmpty,
            trouble: trouble)
    }
}
