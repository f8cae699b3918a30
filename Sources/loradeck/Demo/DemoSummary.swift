import DeckCore

/// What a demo without a screen did, as its deck counted it.
struct DemoSummary: Encodable {
    struct Tenant: Encodable {
        let name: String
        let state: String
        let requests: Int
        let tokens: Int
        let loads: Int
        let evictions: Int
        /// Seconds; nil when nothing was measured.
        let timeToFirstTokenP50: Double?
        let interTokenLatencyP50: Double?

        init(_ adapter: AdapterSnapshot) {
            name = adapter.name
            state = adapter.state.word
            requests = adapter.requestsFinished
            tokens = adapter.tokensGenerated
            loads = adapter.loads
            evictions = adapter.evictions
            timeToFirstTokenP50 = adapter.timeToFirstToken?.p50
            interTokenLatencyP50 = adapter.interTokenLatency?.p50
        }
    }

    let seconds: Double
    let poolPages: Int
    let pageBytes: Int
    let residentBytes: Int
    let steps: Int
    let tenants: [Tenant]

    init(_ snapshot: DeckSnapshot) {
        seconds = snapshot.uptime
        poolPages = snapshot.pool.pageCount
        pageBytes = snapshot.pool.pageBytes
        residentBytes = snapshot.process.residentBytes
        steps = snapshot.step.map { $0.index + 1 } ?? 0
        tenants = (snapshot.adapters + [snapshot.base]).map(Tenant.init)
    }

    var text: String {
        var table = TextTable([
            ("tenant", .left), ("state", .left), ("requests", .right), ("tokens", .right), ("loads", .right),
            ("evictions", .right), ("ttft p50", .right), ("itl p50", .right),
        ])
        for tenant in tenants {
            table.add([
                tenant.name, tenant.state, "\(tenant.requests)", "\(tenant.tokens)", "\(tenant.loads)",
                "\(tenant.evictions)", milliseconds(tenant.timeToFirstTokenP50),
                milliseconds(tenant.interTokenLatencyP50),
            ])
        }
        let tokens = tenants.reduce(0) { $0 + $1.tokens }
        return table.text
            + "\n\n\(tokens.counted("token")) in \(Fixed.text(seconds, digits: 1)) s, \(steps.counted("step")), pool of "
            + "\(poolPages.counted("page")) of \(pageBytes.counted("byte")), \(ByteCount(residentBytes)) resident"
    }

    private func milliseconds(_ seconds: Double?) -> String {
        seconds.map { "\(Fixed.text($0 * 1000, digits: 0)) ms" } ?? "-"
    }
}
