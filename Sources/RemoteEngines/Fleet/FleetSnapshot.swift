import DeckCore
import Foundation
import HTTPClient

/// One snapshot of all engines of a fleet together.
struct FleetSnapshot {
    let reports: [ReplicaReport]
    let requests: [RequestSnapshot]
    let events: [DeckEvent]
    let index: Int
    let time: Date
    /// Seconds since the fleet is looked at.
    let watched: Double

    /// The engines whose figures count.
    private var current: [(report: ReplicaReport, reading: EngineReading)] {
        reports.compactMap { report in report.current.map { (report, $0) } }
    }

    /// Nil while no engine has answered yet.
    var snapshot: DeckSnapshot? {
        guard let kind = reports.lazy.compactMap(\.kind).first else { return nil }
        let current = current
        let unknown = unknown
        return DeckSnapshot(
            index: index, time: time, uptime: uptime, deck: identity(kind), disabled: disabled, adapters: adapters,
            base: adapter("base", state: .resident, running: nil, lastUsed: nil), pool: pool, requests: requests,
            step: nil, recentSteps: [], events: events, tokensPerSecond: rate(.generatedTokens),
            promptTokensPerSecond: rate(.promptTokens), process: ProcessUsage(residentBytes: 0, processorShare: 0),
            waits: waits,
            totals: DeckTotals(
                running: current.compactMap(\.reading.running).saturatedSum,
                waiting: current.compactMap(\.reading.waiting).saturatedSum,
                timeToFirstToken: merged(.timeToFirstToken), interTokenLatency: merged(.interToken),
                kvUsage: current.compactMap(\.reading.kvUsage).max()),
            unknown: unknown, replicas: replicas)
    }

    private var uptime: Double {
        // A fleet is as old as what began last.
        let starts = current.compactMap(\.reading.started)
        guard starts.count == current.count, let latest = starts.max() else { return watched }
        return max(0, time.timeIntervalSince(latest))
    }

    private func identity(_ kind: DeckIdentity.Kind) -> DeckIdentity {
        let known = reports.filter { $0.kind != nil }
        let readings = reports.compactMap(\.reading)
        let bases = readings.map(\.baseName).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let facts: String
        if let only = reports.count == 1 ? reports[0].reading : nil {
            let version = only.version.map { [$0] } ?? []
            facts = ([reports[0].kind?.rawValue ?? ""] + version + only.facts).joined(separator: ", ")
        } else {
            let kinds = Dictionary(grouping: known.compactMap(\.kind), by: \.self).mapValues(\.count)
            facts = kinds.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
                .joined(separator: ", ")
        }
        return DeckIdentity(
            kind: kind, baseName: bases.joined(separator: ", "),
            baseDigest: nil, summary: facts, contextLength: readings.compactMap(\.contextLength).min(), threads: nil,
            address: reports.map(\.address.description).joined(separator: " "))
    }

    // MARK: what cannot be told or done

    private var unknown: [DeckFigure: String] {
        var unknown: [DeckFigure: String] = [:]
        for (report, reading) in current {
            for (figure, reason) in reading.unknown where unknown[figure] == nil {
                unknown[figure] = reports.count == 1 ? reason : "\(report.name): \(reason)"
            }
            guard !report.window.isWarm else { continue }
            for figure in [DeckFigure.rates, .latency] where unknown[figure] == nil {
                unknown[figure] = FleetDeck.firstLook
            }
        }
        if current.isEmpty {
            for figure in DeckFigure.allCases { unknown[figure] = "no engine answers" }
        }
        return unknown
    }

    /// What no engine can do.
    private var disabled: [DeckAction: String] {
        let current = current
        guard !current.isEmpty else {
            return Dictionary(uniqueKeysWithValues: DeckAction.allCases.map { ($0, "no engine answers") })
        }
        var disabled: [DeckAction: String] = [:]
        for action in DeckAction.allCases {
            let reasons = current.map { $0.reading.disabled[action] }
            if !reasons.contains(nil), let first = reasons.first { disabled[action] = first }
        }
        return disabled
    }

    // MARK: figures

    private func rate(_ counter: Counter) -> Double {
        current.reduce(0) { $0 + ($1.report.window.rate(counter) ?? 0) }
    }

    /// Percentiles over the values of all engines: their buckets are put together first.
    private func merged(_ latency: Latency) -> LatencySummary? {
        let counts = current.compactMap { $0.report.window.latencies(latency) }
        guard let first = counts.first else { return nil }
        return counts.dropFirst().reduce(first) { $0.merged(with: $1) }.summary
    }

    private var waits: [WaitSummary] {
        var counts: [String: Int] = [:]
        for (_, reading) in current {
            for wait in reading.waits { counts[wait.reason] = (counts[wait.reason] ?? 0).plus(wait.count) }
        }
        return counts.map { WaitSummary(reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }

    private var pool: PoolSnapshot {
        func sum(_ counter: Counter) -> Int {
            Int(bounding: current.reduce(0) { $0 + ($1.report.window.count(counter) ?? 0) })
        }
        return PoolSnapshot(
            pageBytes: 0, tokensPerPage: 0, owners: [], pages: [], freePages: 0, kvPages: 0, adapterPages: 0,
            evictablePages: 0, ownerOverheadBytes: [],
            prefixes: PrefixSnapshot(tokensLookedUp: sum(.prefixLookups), tokensHit: sum(.prefixHits)),
            spills: nil)
    }

    // MARK: adapters

    /// Those that an engine serves, as resident, and those that one served before, as registered.
    private var adapters: [AdapterSnapshot] {
        var served: Set<String> = []
        var running: [String: Int] = [:]
        var used: [String: Date] = [:]
        var known: Set<String> = []
        for report in reports {
            known.formUnion(report.known)
            for (name, date) in report.lastActive { used[name] = max(used[name] ?? date, date) }
            for adapter in report.current?.adapters ?? [] {
                served.insert(adapter.name)
                if let count = adapter.running { running[adapter.name] = (running[adapter.name] ?? 0).plus(count) }
            }
        }
        return known.sorted().map { name in
            adapter(
                name, state: served.contains(name) ? .resident : .registered, running: running[name],
                lastUsed: used[name])
        }
    }

    private func adapter(_ name: String, state: Residency, running: Int?, lastUsed: Date?) -> AdapterSnapshot {
        AdapterSnapshot(
            name: name, digest: nil, tenant: nil, state: state, isPinned: false, facts: nil, proof: nil, pages: 0,
            pagesNeeded: nil, overheadBytes: 0, kvPages: 0, running: running ?? 0, waiting: 0, tokensPerSecond: 0,
            timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 0, evictions: 0, requestsFinished: 0,
            tokensGenerated: 0, lastUsed: lastUsed, lastLoadSeconds: nil)
    }

    // MARK: engines

    private var replicas: [ReplicaSnapshot] {
        zip(reports, FleetBalance.notes(reports)).map { report, note in
            let reading = report.current
            return ReplicaSnapshot(
                name: report.name, address: report.address.description, engine: report.kind,
                version: reading?.version ?? report.reading?.version, state: report.state, running: reading?.running,
                waiting: reading?.waiting, tokensPerSecond: reading == nil ? nil : report.window.rate(.generatedTokens),
                kvUsage: reading?.kvUsage,
                timeToFirstToken: reading == nil ? nil : report.window.latencies(.timeToFirstToken)?.summary,
                interTokenLatency: reading == nil ? nil : report.window.latencies(.interToken)?.summary,
                adapters: reading?.adapters.map(\.name).sorted() ?? [], note: note)
        }
    }
}
