/// What is left of tenants' tokens per minute: a bucket each, which holds a minute's worth and fills evenly. Prompt tokens are
/// taken when a request comes in, generated ones as they come; those may overdraw it, and then it fills before the next
/// request.
struct TokenAllowances: Sendable {
    private struct Bucket: Sendable {
        var level: Double
        /// When `level` was true, on the engine's clock.
        var time: Double
    }

    /// Names are free text where every tenant has a limit: full buckets are forgotten beyond this.
    private static let limit = 1024
    private var buckets: [String: Bucket] = [:]

    /// Takes a request's prompt tokens. Nil when they were there; else what is left, and in how many seconds there is room
    /// for them. A prompt larger than a minute's worth needs a full bucket.
    mutating func take(_ tokens: Int, of name: String, perMinute: Int, now: Double) -> (left: Int, seconds: Double)? {
        var bucket = filled(name, perMinute, now)
        let needed = min(Double(tokens), Double(perMinute))
        // Filling rounds.
        guard bucket.level + 1e-6 >= needed else {
            return (max(0, Int(bucket.level)), (needed - bucket.level) * 60 / Double(perMinute))
        }
        bucket.level -= Double(tokens)
        keep(bucket, of: name, perMinute, now)
        return nil
    }

    /// A token was generated.
    mutating func spend(_ name: String, perMinute: Int, now: Double) {
        var bucket = filled(name, perMinute, now)
        bucket.level -= 1
        keep(bucket, of: name, perMinute, now)
    }

    private func filled(_ name: String, _ perMinute: Int, _ now: Double) -> Bucket {
        guard let bucket = buckets[name] else { return Bucket(level: Double(perMinute), time: now) }
        return Bucket(
            level: min(Double(perMinute), bucket.level + (now - bucket.time) * Double(perMinute) / 60), time: now)
    }

    private mutating func keep(_ bucket: Bucket, of name: String, _ perMinute: Int, _ now: Double) {
        // A minute fills any bucket that nobody overdrew.
        if buckets.count >= Self.limit { buckets = buckets.filter { now - $0.value.time < 60 || $0.value.level < 0 } }
        buckets[name] = bucket
    }
}
