import Synchronization

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

    /// What a tenant used beyond its allowance, and in how many seconds there is a token for it again; nil when there is one.
    func debt(of name: String, perMinute: Int, now: Double) -> (tokens: Int, seconds: Double)? {
        let level = filled(name, perMinute, now).level
        guard level + 1e-6 < 1 else { return nil }
        return (max(0, Int((-level).rounded(.up))), (1 - level) * 60 / Double(perMinute))
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

/// The allowances as the step thread keeps them, for who asks before it does work for a tenant.
final class SharedAllowances: Sendable {
    private let state = Mutex(TokenAllowances())

    func take(_ tokens: Int, of name: String, perMinute: Int, now: Double) -> (left: Int, seconds: Double)? {
        state.withLock { $0.take(tokens, of: name, perMinute: perMinute, now: now) }
    }

    func spend(_ name: String, perMinute: Int, now: Double) {
        state.withLock { $0.spend(name, perMinute: perMinute, now: now) }
    }

    func debt(of name: String, perMinute: Int, now: Double) -> (tokens: Int, seconds: Double)? {
        state.withLock { $0.debt(of: name, perMinute: perMinute, now: now) }
    }
}
