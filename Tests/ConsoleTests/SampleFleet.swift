import DeckCore
import Foundation
import TerminalKit

@testable import Console

/// Fixed moments with what the plain sample has not: the parts of steps, tenants, thrash, the base's sizes; and a fleet of
/// engines that tell little.
enum SampleFleet {
    static let geometry = BaseGeometry(
        layers: 30,
        modules: [
            BaseGeometry.Module(kind: "q_proj", inputs: 576, outputs: 576),
            BaseGeometry.Module(kind: "k_proj", inputs: 576, outputs: 192),
            BaseGeometry.Module(kind: "v_proj", inputs: 576, outputs: 192),
            BaseGeometry.Module(kind: "o_proj", inputs: 576, outputs: 576),
            BaseGeometry.Module(kind: "gate_proj", inputs: 576, outputs: 1536),
            BaseGeometry.Module(kind: "up_proj", inputs: 576, outputs: 1536),
            BaseGeometry.Module(kind: "down_proj", inputs: 1536, outputs: 576),
        ], elementBytes: 2, kvBytesPerToken: 8_192)

    /// An embedded deck that knows everything about itself.
    static func full(index: Int = 1, pages: Int = 512) -> DeckSnapshot {
        let plain = SampleDeck.snapshot(index: index, pages: pages)
        let steps = plain.recentSteps.map { step in
            StepSnapshot(
                index: step.index, segments: step.segments, seconds: step.seconds,
                parts: StepParts(
                    base: step.seconds * 0.6, adapters: step.seconds * 0.18, attention: step.seconds * 0.12,
                    sampling: step.seconds * 0.04, other: step.seconds * 0.06))
        }
        let tenants = ["bank", "boutique", "games", "hotel", "support"].enumerated().map { place, name in
            TenantSnapshot(
                name: name, weight: 1, running: place, waiting: place == 3 ? 2 : 0, promptTokens: 4_000 * (place + 1),
                generatedTokens: 1_200 * (place + 1), serviceAhead: Double(place) * 310,
                targetSeconds: place == 4 ? nil : 0.4,
                timeToFirstToken: LatencySummary(count: 40, p50: 0.11, p95: 0.2 + Double(place) * 0.09, max: 1),
                refused: place == 2 ? 3 : 0)
        }
        return copy(
            plain, deck: identity(.embedded, geometry: geometry), recentSteps: steps, tenants: tenants,
            waits: [WaitSummary(reason: "adapter", count: 2), WaitSummary(reason: "pages", count: 1)],
            thrash: ThrashSnapshot(
                reloads: 12, windowSeconds: 30, workingSetPages: 812, capacityPages: 600, isThrashing: true))
    }

    /// Three engines behind one deck, which tells neither pages nor steps.
    static func fleet() -> DeckSnapshot {
        let plain = SampleDeck.snapshot(pages: 0)
        let latency = LatencySummary(count: 30, p50: 0.08, p95: 0.31, max: 0.9)
        func replica(
            _ name: String, _ state: ReplicaSnapshot.State, knows: Bool = true, note: String? = nil
        ) -> ReplicaSnapshot {
            ReplicaSnapshot(
                name: name, address: "http://\(name)", engine: .vllm, version: knows ? "0.11.0" : nil, state: state,
                running: knows ? 4 : nil, waiting: knows ? 1 : nil, tokensPerSecond: knows ? 212.5 : nil,
                kvUsage: knows ? 0.41 : nil, timeToFirstToken: knows ? latency : nil,
                interTokenLatency: knows ? latency : nil, adapters: knows ? ["boutique-fr", "harbor-bank"] : [],
                note: note)
        }
        let reason = "vLLM does not publish it"
        return copy(
            plain, deck: identity(.vllm, geometry: nil), recentSteps: [], tenants: [], waits: [], thrash: nil,
            totals: DeckTotals(running: 8, waiting: 2, timeToFirstToken: latency, kvUsage: 0.41),
            unknown: [
                .pages: reason, .steps: reason, .requests: reason, .waits: reason, .tenants: reason, .thrash: reason,
                .prefixes: reason,
            ],
            replicas: [
                replica("gpu-a:8000", .up), replica("gpu-b:8000", .stale(seconds: 14), note: "lacks harbor-bank"),
                replica("gpu-c:8000", .down(reason: "connection refused", retryIn: 8), knows: false),
            ])
    }

    private static func identity(_ kind: DeckIdentity.Kind, geometry: BaseGeometry?) -> DeckIdentity {
        let plain = SampleDeck.identity
        return DeckIdentity(
            kind: kind, baseName: plain.baseName, baseDigest: plain.baseDigest, summary: plain.summary,
            contextLength: plain.contextLength, threads: plain.threads, geometry: geometry)
    }

    private static func copy(
        _ plain: DeckSnapshot, deck: DeckIdentity, recentSteps: [StepSnapshot], tenants: [TenantSnapshot],
        waits: [WaitSummary], thrash: ThrashSnapshot?, totals: DeckTotals? = nil, unknown: [DeckFigure: String] = [:],
        replicas: [ReplicaSnapshot] = []
    ) -> DeckSnapshot {
        DeckSnapshot(
            index: plain.index, time: plain.time, uptime: plain.uptime, deck: deck, disabled: plain.disabled,
            adapters: plain.adapters, base: plain.base, pool: plain.pool,
            requests: unknown[.requests] == nil ? plain.requests : [], step: recentSteps.last,
            recentSteps: recentSteps, events: plain.events, tokensPerSecond: plain.tokensPerSecond,
            promptTokensPerSecond: plain.promptTokensPerSecond, process: plain.process, tenants: tenants, waits: waits,
            thrash: thrash, totals: totals, unknown: unknown, replicas: replicas)
    }

    /// Consoles in every state of the screens that this file's moments are for.
    static func scripts(_ glyphs: GlyphSet) -> [(String, Script)] {
        func made(_ name: String, _ snapshot: DeckSnapshot, _ keys: [Key]) -> (String, Script) {
            var script = Script(width: 120, height: 40, glyphs: glyphs, snapshot: snapshot)
            for key in keys { script.press(key) }
            // What was said about a key that does nothing here lies over other boxes until it goes away.
            script.send(.tick(200))
            return (name, script)
        }
        let full = full()
        let fleet = fleet()
        let screens: [(String, [Key])] = [
            ("overview", []), ("layout-adapters", [.character("V")]),
            ("layout-memory", [.character("V"), .character("V")]),
            ("layout-traffic", [.character("V"), .character("V"), .character("V")]), ("pages", [.character("3")]),
            ("owners", [.character("3"), .tab]),
            ("found", [.character("3"), .character("/"), .character("p"), .enter]),
            ("zoomed", [.character("3"), .character(">"), .character(">"), .character("G")]),
            ("page", [.character("3"), .enter]), ("batch", [.character("4")]),
            ("earlier step", [.character("4"), .left, .left]), ("queue", [.character("4"), .tab]),
            ("step", [.character("4"), .enter]), ("plan", [.character("w")]),
        ]
        return screens.map { made("full " + $0.0, full, $0.1) } + screens.map { made("fleet " + $0.0, fleet, $0.1) }
            + [
                made("replicas", fleet, [.character("R")]),
                made("many pages", SampleFleet.full(pages: 20_000), [.character("3"), .character(">")]),
            ]
    }
}
