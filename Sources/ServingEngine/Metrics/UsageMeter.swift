import DeckCore

/// What every tenant has had of every adapter. A request's place is found once, so that counting costs a step nothing.
struct UsageMeter: Sendable {
    /// Tenants' names are free text: beyond this many places new ones are counted together.
    static let limit = 16_384
    static let others = "(others)"

    private(set) var records: [UsageRecord] = []
    private var places: [UsageRecord.Key: Int] = [:]

    /// Where a tenant's use of an adapter is counted; nil is the base.
    mutating func place(tenant: String, adapter: String?) -> Int {
        let key = UsageRecord.Key(tenant: tenant, adapter: adapter)
        if let place = places[key] { return place }
        if places.count >= Self.limit, tenant != Self.others { return place(tenant: Self.others, adapter: adapter) }
        places[key] = records.count
        records.append(UsageRecord(tenant: tenant, adapter: adapter))
        return records.count - 1
    }

    subscript(place: Int) -> UsageRecord {
        get { records[place] }
        _modify { yield &records[place] }
    }
}
