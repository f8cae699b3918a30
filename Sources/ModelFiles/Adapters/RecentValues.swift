/// The values that were latest used, up to a limit.
struct RecentValues<Key: Hashable, Value> {
    private let limit: Int
    private var byKey: [Key: (value: Value, use: Int)] = [:]
    private var uses = 0

    init(limit: Int) { self.limit = limit }

    /// Reading counts as a use. Nil removes.
    subscript(key: Key) -> Value? {
        mutating get {
            guard let value = byKey[key]?.value else { return nil }
            uses += 1
            byKey[key]?.use = uses
            return value
        }
        set {
            guard let newValue else { return byKey[key] = nil }
            uses += 1
            byKey[key] = (newValue, uses)
            guard byKey.count > limit, let oldest = byKey.min(by: { $0.value.use < $1.value.use }) else { return }
            byKey[oldest.key] = nil
        }
    }
}
