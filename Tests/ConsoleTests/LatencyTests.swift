import DeckCore
import Foundation
import TerminalKit
import Testing

@testable import Console

/// Requests and latency on screen: sums over ended requests, maps, lists that keep their cursor, figures unknown.
@Suite struct LatencyTests {
    private static func log(_ seconds: Int = 300) -> RequestLog {
        var log = RequestLog()
        for second in 0...seconds { log.take(SampleTraffic.snapshot(second)) }
        return log
    }

    @Test func sumsOverAWindowAreThoseOfItsRequests() {
        let ended = Self.log().ended(within: 60, until: SampleTraffic.time(300))
        let window = LatencyWindow(ended, SampleTraffic.snapshot(300))
        #expect(window[nil].requests == 120)
        #expect(
            window[nil].requests
                == SampleTraffic.names.reduce(window[.base].requests) { $0 + window[.adapter($1)].requests })
        let whole = ended.reduce(0.0) { $0 + ($1.timeline.finished ?? 0) }
        #expect(abs(window[nil].total - whole) < 1e-6)
        let loads = ended.reduce(0.0) { $0 + ($1.timeline.adapterReady ?? 0) }
        #expect(abs(window[nil][.load] - loads) < 1e-6)
    }

    @Test func objectivesAreThoseOfTheirTenants() throws {
        let ended = Self.log().ended(within: 60, until: SampleTraffic.time(300))
        let window = LatencyWindow(ended, SampleTraffic.snapshot(300))
        let games = window[.adapter("pirate-games")]
        #expect(games.objective == 0.2)
        let own = ended.filter { $0.origin == "games" }.compactMap(\.timeline.firstToken)
        let met = Double(own.count { $0 <= 0.2 }) / Double(own.count)
        #expect(games.metShare == met && met > 0 && met < 1)
        // No objective is no share, and never a hundred per cent.
        #expect(window[.adapter("boutique-fr")].objective == nil)
        #expect(window[.adapter("boutique-fr")].metShare == nil)
        #expect(window[.adapter("nobody")].requests == 0)
    }

    @Test(arguments: [3, 5, 10, 30]) func everyRequestIsOnTheMapOnce(_ height: Int) {
        let ended = Self.log().ended(within: 300, until: SampleTraffic.time(300))
        let map = LatencyMap(
            ended, target: nil, measure: .firstToken, rows: height, columns: 60, span: 300,
            until: SampleTraffic.time(300))
        #expect(map.rows.count <= height)
        #expect(map.rows.flatMap(\.counts).reduce(0, +) >= 590)
        // From the slowest down; every request is in the row whose limit is the first above it.
        #expect(map.rows.map(\.limit) == map.rows.map(\.limit).sorted(by: >))
        let slow = ended.count { ($0.timeline.firstToken ?? 0) >= map.rows[1].limit }
        #expect(abs(map.rows[0].counts.reduce(0, +) - slow) <= 2)
    }

    @Test func anEmptyMapHasNoRows() {
        let map = LatencyMap(
            [], target: nil, measure: .firstToken, rows: 5, columns: 60, span: 300, until: SampleTraffic.time(0))
        #expect(map.rows.isEmpty)
    }

    // MARK: lists

    @Test func theCursorStaysOnItsRequest() throws {
        var script = SampleTraffic.script(seconds: 60)
        script.press(.character("6"), .down, .down, .down)
        let id = try #require(script.state.requests.cursor.selected)
        for second in 61...70 {
            script.send(.tick(100 + Double(second) * 2))
            script.send(.snapshot(SampleTraffic.snapshot(second)))
            #expect(script.state.requests.cursor.selected == id || script.state.request(id) == nil)
        }
        script.press(.character("g"))
        for _ in 0..<8 { script.press(.down) }
        let ended = try #require(script.state.requests.cursor.selected)
        for _ in 0..<4 {
            script.press(.character("s"))
            #expect(script.state.requests.cursor.selected == ended)
            let place = script.state.requests.rows.firstIndex { $0.id == ended }
            #expect(
                script.state.requests.cursor.window.range(
                    count: script.state.requests.rows.count,
                    height: RequestRegions(Regions(script.state).content).rows.height
                ).contains(place ?? -1))
        }
        script.press(.enter)
        #expect(script.state.view == .request(ended))
        #expect(script.shows("where its time went"))
    }

    @Test func sortingAndFilteringRequests() {
        var script = SampleTraffic.script(seconds: 120)
        script.press(.character("6"))
        let total = script.state.requests.count
        #expect(total == 240 + 6)
        // Live ones stand first.
        #expect(script.state.requests.rows.prefix(6).allSatisfy { $0.phase.isLive })
        while script.state.requests.sort != .firstToken { script.press(.character("s")) }
        let times = script.state.requests.rows.map { $0.timeline.firstToken ?? -1 }
        #expect(times == times.sorted(by: >))
        script.press(.character("r"))
        #expect(script.state.requests.rows.first?.timeline.firstToken == nil)
        script.press(.character("/"))
        script.type("bank|clinic")
        script.press(.enter)
        #expect(script.state.requests.rows.allSatisfy { ["bank", "clinic"].contains($0.origin) })
        #expect(script.shows("/bank|clinic"))
        script.press(.escape)
        #expect(script.state.requests.rows.count == total)
    }

    @Test func abortingFromTheListAsksFirst() throws {
        var script = SampleTraffic.script(seconds: 20)
        script.press(.character("6"), .character("g"))
        let id = try #require(script.state.requests.cursor.selected)
        #expect(script.press(.character("x")).isEmpty)
        #expect(script.state.overlay != nil)
        #expect(script.shows("\(id)"))
        // The list goes on under the question, and the question is about the same request.
        script.send(.snapshot(SampleTraffic.snapshot(21)))
        #expect(script.press(.character("y")).compactMap(\.command) == [.abort(id)])
        script.press(.character("G"))
        script.press(.character("x"))
        #expect(script.state.overlay == nil)
        #expect(script.shows("abort: it has ended") || script.shows("abort: the request is gone"))
    }

    @Test func theLatencyScreenIsAboutTheRowUnderTheCursor() {
        var script = SampleTraffic.script()
        script.press(.character("5"))
        #expect(script.shows("ttft over time all"))
        while script.state.latency.cursor.selected != .target(.adapter("pirate-games")) {
            let before = script.state.latency.cursor.selected
            script.press(.down)
            if script.state.latency.cursor.selected == before { break }
        }
        #expect(script.shows("ttft over time pirate-games"))
        #expect(script.shows("objective 200ms"))
        script.press(.character("m"))
        #expect(script.shows("itl over time pirate-games"))
        #expect(!script.shows("objective 200ms"))
        script.press(.character(">"))
        #expect(script.shows("last 15 min"))
        script.press(.enter)
        #expect(script.state.view == .detail(.adapter("pirate-games")))
    }

    @Test func smallScreensShowOnePanelAfterTheOther() {
        var script = SampleTraffic.script(width: 80, height: 24)
        script.press(.character("5"))
        var seen: [String] = []
        for _ in 0..<4 {
            seen += ["ttft over time", "heat map", "where the time went", "slowest"].filter { script.shows($0) }
            script.press(.tab)
        }
        #expect(seen == ["ttft over time", "heat map", "where the time went", "slowest"])
    }

    /// Figures follow every snapshot; what scrolls or is sorted moves once a second.
    @Test func listsAndStripsMoveOnceASecond() throws {
        var configuration = SampleDeck.configuration
        configuration.movingSeconds = 1
        var script = Script(snapshot: nil, configuration: configuration)
        for second in 0...40 {
            script.send(.tick(100 + Double(second)))
            script.send(.snapshot(SampleTraffic.snapshot(second)))
        }
        script.press(.character("6"))
        let (rows, events) = (script.state.requests.rows.map(\.id), script.state.log.events.count)
        script.send(.tick(140.3))
        script.send(.snapshot(SampleTraffic.snapshot(95)))
        #expect(script.state.snapshot?.tokensPerSecond == SampleTraffic.snapshot(95).tokensPerSecond)
        #expect(script.state.requests.rows.map(\.id) == rows)
        #expect(script.state.log.events.count == events)
        // What was not shown so far is recorded all the same.
        #expect(script.state.chronicle.requests[SampleTraffic.ended(180).id] != nil)
        script.send(.tick(141.1))
        script.send(.snapshot(SampleTraffic.snapshot(96)))
        #expect(script.state.requests.rows.map(\.id) != rows)
        #expect(script.state.log.events.count > events)
    }

    /// A queue that stands still keeps who got in meanwhile, and says so.
    @Test func theQueueMovesOnceASecond() {
        var configuration = SampleDeck.configuration
        configuration.movingSeconds = 1
        var script = Script(snapshot: SampleTraffic.snapshot(40), configuration: configuration)
        script.press(.character("4"))
        let waiting = SampleTraffic.live(40).filter(\.phase.isWaiting).map(\.id)
        let admitted = SampleTraffic.live(40).map { request in
            RequestSnapshot(
                id: request.id, adapter: request.adapter, digest: nil, origin: request.origin,
                submitted: request.submitted, phase: .decode, promptTokens: 48, generatedTokens: 1,
                timeline: request.timeline)
        }
        func rows() -> [RequestID] {
            script.state.snapshot.map { WaitingView.rows(script.state, $0).map(\.id) } ?? []
        }
        #expect(rows() == waiting && waiting.count == 2)
        script.send(.tick(100.3))
        script.send(.snapshot(SampleTraffic.snapshot(41, requests: admitted)))
        #expect(rows() == waiting)
        #expect(script.lines.suffix(16).count { $0.contains(" decoding") } == 2)
        script.send(.tick(101.2))
        script.send(.snapshot(SampleTraffic.snapshot(42, requests: admitted)))
        #expect(rows().isEmpty)
        #expect(script.shows("nobody waits"))
    }

    // MARK: unknown

    @Test func whatADeckCannotTellIsUnknown() {
        let reason = "this server lists no requests"
        let unknown: [DeckFigure: String] = [
            .requests: reason, .adapterLatency: "no histograms per adapter", .latency: "no histograms",
            .rates: "no counters",
        ]
        var script = Script(width: 140, height: 50, snapshot: nil)
        for second in 0...30 {
            script.send(.tick(100 + Double(second)))
            script.send(.snapshot(SampleTraffic.snapshot(second, unknown: unknown, requests: [])))
        }
        script.press(.character("6"))
        #expect(script.shows("unknown: \(reason)"))
        script.press(.character("5"))
        #expect(script.shows("unknown: no histograms"))
        #expect(script.shows("of adapters unknown: no histograms per adapter"))
        #expect(script.shows("unknown: \(reason)"))
        #expect(!script.lines.contains { $0.contains("pirate-games") && ($0.contains(" 0ms") || $0.contains("0.0ms")) })
        script.press(.character("9"))
        #expect(script.shows("unknown: no counters"))
    }

    // MARK: own cost

    @Test func ownCostIsShownAndCounted() {
        var script = Script(width: 120, height: 40)
        #expect(script.state.cost.share == nil)
        script.press(.character("O"))
        #expect(script.shows("own cost"))
        for frame in 0..<200 {
            script.send(
                .cost(
                    FrameCost(
                        collect: 0.0004, layout: 0.0012, draw: 0.0003, bytes: 800 + frame, time: Double(frame) / 4,
                        processor: Double(frame) / 4 * 0.02)))
        }
        #expect(script.state.cost.frames.count == OwnCost.capacity)
        #expect(abs((script.state.cost.share ?? 0) - 0.02) < 1e-9)
        #expect(script.shows("1200us"))
        #expect(script.shows("2.00% of a core, 4.0 frames/s"))
        script.press(.character("O"))
        #expect(!script.shows("own cost"))
    }
}
