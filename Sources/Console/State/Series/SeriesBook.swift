import DeckCore
import Foundation

/// The time series that the console keeps from the snapshots that it sees: of the deck, and of each adapter with traffic.
public struct SeriesBook: Sendable {
    /// What is kept over time.
    public enum Figure: Int, Hashable, Sendable, CaseIterable {
        /// Generated and prompt tokens a second.
        case rate, promptRate
        case running, waiting
        /// Bytes that a new adapter or sequence could get.
        case headroom
        case firstToken50, firstToken95, interToken50, interToken95
    }

    /// One owner's figures; a figure that was never known is not there.
    private struct Page: Sendable {
        private var series: [Series?] = Array(repeating: nil, count: Figure.allCases.count)
        /// The deck's clock when there was traffic last.
        var active: Double

        init(active: Double) { self.active = active }

        subscript(figure: Figure) -> Series? { series[figure.rawValue] }

        mutating func add(_ value: Double?, _ figure: Figure, at time: Double) {
            let place = figure.rawValue
            if series[place] != nil {
                series[place]?.add(value, at: time)
            } else if let value {
                series[place] = Series()
                series[place]?.add(value, at: time)
            }
        }
    }

    /// Adapters whose figures are kept: those with the latest traffic. Each takes some 25 KiB once it is two hours old.
    static let adapterLimit = 200

    private var deck = Page(active: 0)
    private var targets: [Target: Page] = [:]
    /// The moment of the newest snapshot taken in.
    private var latest = -Double.infinity

    public init() {}

    /// The time of a snapshot as series count it.
    public static func time(_ date: Date) -> Double { date.timeIntervalSince1970 }

    /// Takes one moment in. Figures that the deck cannot tell stay gaps.
    public mutating func take(_ snapshot: DeckSnapshot) {
        let time = Self.time(snapshot.time)
        guard time != latest else { return }
        latest = time
        func known<Value>(_ figure: DeckFigure, _ value: Value?) -> Value? {
            snapshot.unknown[figure] == nil ? value : nil
        }
        deck.add(known(.rates, snapshot.tokensPerSecond), .rate, at: time)
        deck.add(known(.rates, snapshot.promptTokensPerSecond), .promptRate, at: time)
        deck.add(Double(snapshot.running), .running, at: time)
        deck.add(Double(snapshot.waiting), .waiting, at: time)
        deck.add(known(.pages, Double(snapshot.pool.headroomBytes)), .headroom, at: time)
        let totals = snapshot.totals
        add(known(.latency, totals.timeToFirstToken), known(.latency, totals.interTokenLatency), to: &deck, at: time)
        take(.base, snapshot.base, snapshot, at: time)
        // Who is new takes the place of one without traffic: of more with traffic than are kept, the same ones stay.
        var new: [AdapterSnapshot] = []
        for adapter in snapshot.adapters {
            if targets[.adapter(adapter.name)] != nil {
                take(.adapter(adapter.name), adapter, snapshot, at: time)
            } else if new.count < Self.adapterLimit, Self.isActive(adapter) {
                new.append(adapter)
            }
        }
        let room = Self.adapterLimit - targets.count { $0.key != .base && $0.value.active == time }
        for adapter in new.prefix(max(0, room)) { take(.adapter(adapter.name), adapter, snapshot, at: time) }
        forget()
    }

    private static func isActive(_ adapter: AdapterSnapshot) -> Bool {
        adapter.running.plus(adapter.waiting) > 0 || adapter.tokensPerSecond > 0 || adapter.timeToFirstToken != nil
            || adapter.interTokenLatency != nil
    }

    private mutating func take(_ target: Target, _ adapter: AdapterSnapshot, _ snapshot: DeckSnapshot, at time: Double)
    {
        let isActive = Self.isActive(adapter)
        guard isActive || targets[target] != nil else { return }
        func known<Value>(_ figure: DeckFigure, _ value: Value?) -> Value? {
            snapshot.unknown[figure] == nil ? value : nil
        }
        var page = targets.removeValue(forKey: target) ?? Page(active: time)
        if isActive { page.active = time }
        page.add(known(.adapterRates, adapter.tokensPerSecond), .rate, at: time)
        page.add(known(.adapterRequests, Double(adapter.running)), .running, at: time)
        page.add(known(.adapterRequests, Double(adapter.waiting)), .waiting, at: time)
        add(
            known(.adapterLatency, adapter.timeToFirstToken), known(.adapterLatency, adapter.interTokenLatency),
            to: &page, at: time)
        targets[target] = page
    }

    private func add(_ first: LatencySummary?, _ inter: LatencySummary?, to page: inout Page, at time: Double) {
        page.add(first?.p50, .firstToken50, at: time)
        page.add(first?.p95, .firstToken95, at: time)
        page.add(inter?.p50, .interToken50, at: time)
        page.add(inter?.p95, .interToken95, at: time)
    }

    /// Those without traffic for the longest go first.
    private mutating func forget() {
        let adapters = targets.filter { $0.key != .base }
        guard adapters.count > Self.adapterLimit else { return }
        let oldest = adapters.sorted { ($0.value.active, $0.key) < ($1.value.active, $1.key) }
        for (target, _) in oldest.prefix(adapters.count - Self.adapterLimit) { targets[target] = nil }
    }

    /// The deck's figure over time; nil while it was never known.
    public subscript(figure: Figure) -> Series? { deck[figure] }

    /// An adapter's, or the base's, figure over time; nil while it was never known.
    public subscript(figure: Figure, target: Target) -> Series? { targets[target]?[figure] }

    /// Of the deck when `target` is nil.
    public func samples(_ figure: Figure, of target: Target?, _ count: Int, span: Double, until end: Date) -> [Double?]
    {
        let series = target.map { self[figure, $0] } ?? self[figure]
        return series?.samples(count, span: span, until: Self.time(end)) ?? Array(repeating: nil, count: count)
    }
}
