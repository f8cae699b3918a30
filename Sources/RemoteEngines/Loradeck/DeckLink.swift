import DeckCore

/// The state of the line to another loradeck: what its newest snapshot is shown as.
struct DeckLink: Sendable {
    private(set) var latest: DeckSnapshot?
    private var health: ReplicaHealth
    /// Why there is no stream; nil while there is one.
    private(set) var lost: String?
    /// Grows with every snapshot that is shown, over every stream.
    private var index = 0
    private let name: String
    private let address: String

    init(name: String, address: String, at now: Double) {
        self.name = name
        self.address = address
        health = ReplicaHealth(at: now)
    }

    /// A snapshot came.
    mutating func took(_ snapshot: DeckSnapshot, at now: Double) -> DeckSnapshot {
        latest = snapshot
        lost = nil
        _ = health.answered(at: now)
        return shown(at: now) ?? snapshot
    }

    /// The stream ended. Returns the seconds until it is tried again, and the last snapshot with that written on it when
    /// this is the first to be heard of it.
    mutating func broke(_ reason: String, at now: Double) -> (delay: Double, news: DeckSnapshot?) {
        let isFirst = lost == nil
        lost = reason
        let delay = health.failed(reason, at: now)
        // Not again at every try: a screen tells the age of what it shows by when it came.
        return (delay, isFirst ? shown(at: now) : nil)
    }

    private mutating func shown(at now: Double) -> DeckSnapshot? {
        guard let latest else { return nil }
        index += 1
        let deck = latest.deck
        let identity = DeckIdentity(
            kind: .loradeck, baseName: deck.baseName, baseDigest: deck.baseDigest, summary: deck.summary,
            contextLength: deck.contextLength, threads: deck.threads, address: address, geometry: deck.geometry,
            queueLimit: deck.queueLimit)
        let pool = latest.pool
        let used = pool.pageCount > 0 ? Double(pool.pageCount.minus(pool.freePages)) / Double(pool.pageCount) : nil
        let replica = ReplicaSnapshot(
            name: name, address: address, engine: .loradeck, version: nil, state: health.state(at: now),
            running: latest.running, waiting: latest.waiting, tokensPerSecond: latest.tokensPerSecond, kvUsage: used,
            timeToFirstToken: latest.totals.timeToFirstToken, interTokenLatency: latest.totals.interTokenLatency,
            adapters: latest.adapters.map(\.name), note: nil)
        // A deck that is itself attached shows what is behind it, as long as it answers.
        let replicas = latest.replicas.isEmpty || lost != nil ? [replica] : latest.replicas
        let disabled =
            lost.map { reason in
                Dictionary(
                    uniqueKeysWithValues: DeckAction.allCases.map { ($0, "the deck does not answer: \(reason)") })
            } ?? latest.disabled
        return DeckSnapshot(
            index: index, time: latest.time, uptime: latest.uptime, deck: identity, disabled: disabled,
            adapters: latest.adapters, base: latest.base, pool: latest.pool, requests: latest.requests,
            step: latest.step, recentSteps: latest.recentSteps, events: latest.events,
            tokensPerSecond: latest.tokensPerSecond, promptTokensPerSecond: latest.promptTokensPerSecond,
            process: latest.process, tenants: latest.tenants, waits: latest.waits, thrash: latest.thrash,
            totals: latest.totals, unknown: latest.unknown, replicas: replicas,
            admissionPaused: latest.admissionPaused, baseFault: latest.baseFault)
    }
}
