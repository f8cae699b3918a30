import DeckCore
import Foundation
import TerminalKit
import Testing

@testable import Console

/// What a screen says is so: alerts on every screen, counts that equal rows, axes that name their times.
@Suite struct TruthTests {
    private static let pause = AdmissionPause(by: "console", seconds: 34)
    private static let thrash = ThrashSnapshot(
        reloads: 12, windowSeconds: 30, workingSetPages: 60, capacityPages: 45, isThrashing: true)

    private static func held(_ count: Int) -> [RequestSnapshot] {
        (0..<count).map { waiting(901 + UInt64($0)) }
    }

    private static func waiting(_ id: UInt64, _ phase: RequestPhase? = nil, begun: Double? = nil) -> RequestSnapshot {
        RequestSnapshot(
            id: RequestID(id), adapter: "harbor-bank", digest: nil, origin: "bank",
            submitted: SampleDeck.start.addingTimeInterval(-10),
            phase: phase ?? .waiting(.admissionPaused(by: "console")), promptTokens: 39, generatedTokens: 0,
            timeline: RequestTimeline(firstScheduled: begun))
    }

    private static func paused(_ requests: [RequestSnapshot] = held(29), thrash: ThrashSnapshot? = nil) -> DeckSnapshot
    {
        SampleDeck.snapshot(requests: requests, admissionPaused: pause).with(thrash: thrash)
    }

    /// Where a text begins in a line of cells of width 1; 0 where it does not stand.
    private static func column(_ text: String, _ line: String) -> Int {
        line.range(of: text).map { line.distance(from: line.startIndex, to: $0.lowerBound) } ?? 0
    }

    private static let screens: [Character] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "w"]

    // MARK: alerts

    @Test(arguments: [Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 200, height: 60)])
    func aPauseStandsOnEveryScreenOfEveryConsole(_ size: Size) {
        for screen in Self.screens {
            for isReadOnly in [false, true] {
                var configuration = SampleDeck.configuration
                configuration.isReadOnly = isReadOnly
                var script = Script(
                    width: size.width, height: size.height, snapshot: Self.paused(), configuration: configuration)
                script.press(.character(screen))
                #expect(script.lines[1].contains("ADMISSION PAUSED 34s by console"), "\(screen)")
                #expect(script.lines[1].contains("run 0"), "\(screen)")
                #expect(script.lines[1].contains("wait 29"), "\(screen)")
                let x = Self.column("wait 29", script.lines[1]) + 5
                #expect(script.frame[x, 1].style.role == .warning)
            }
        }
    }

    @Test func whoWaitsWhileOthersRunIsNoAlarm() {
        let script = Script()
        #expect(script.frame[Self.column("wait 3", script.lines[1]) + 5, 1].style.role == .text)
        #expect(!script.shows("ADMISSION"))
    }

    @Test func pauseAndThrashHaveTheirPlaceTogether() {
        for width in [80, 100, 120, 200] {
            let script = Script(width: width, height: 24, snapshot: Self.paused(thrash: Self.thrash))
            #expect(script.lines[1].contains("ADMISSION PAUSED 34s by console"), "\(width)")
            #expect(script.lines[1].contains("THRASH"), "\(width)")
        }
        #expect(
            Script(width: 120, height: 24, snapshot: Self.paused(thrash: Self.thrash)).lines[1].contains(
                "THRASH 12 reloads"))
        // The overview's foot has the arithmetic.
        let thrashing = Script(width: 120, height: 40, snapshot: SampleDeck.snapshot().with(thrash: Self.thrash))
        #expect(thrashing.shows("! THRASH: \(Self.thrash.sentence)"))
    }

    @Test func aNarrowScreenSaysTheLeast() {
        let script = Script(width: 40, height: 12, snapshot: Self.paused())
        #expect(script.lines[1].contains("PAUSED 34s"))
        #expect(script.lines[1].contains("run 0"))
    }

    /// An alert comes and goes, and every row but the header's second and the foot's stays what it is.
    @Test func noRowMovesForAnAlert() {
        for screen in Self.screens {
            for size in [Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 200, height: 60)] {
                func lines(_ pause: AdmissionPause?, _ thrash: ThrashSnapshot?) -> [String] {
                    let snapshot = SampleDeck.snapshot(admissionPaused: pause).with(thrash: thrash)
                    var script = Script(width: size.width, height: size.height, snapshot: snapshot)
                    script.press(.character(screen))
                    var lines = script.lines
                    lines[1] = ""
                    lines[size.height - 2] = ""
                    // The waiting queue says in its own frame that it is held.
                    return screen == "4" ? lines.map { $0.contains("waiting") ? "" : $0 } : lines
                }
                let quiet = lines(nil, nil)
                #expect(lines(Self.pause, nil) == quiet, "\(screen) \(size)")
                #expect(lines(nil, Self.thrash) == quiet, "\(screen) \(size)")
                #expect(lines(Self.pause, Self.thrash) == quiet, "\(screen) \(size)")
            }
        }
    }

    // MARK: counts

    private func batch(_ first: [RequestSnapshot], then: [RequestSnapshot]) -> Script {
        var configuration = SampleDeck.configuration
        configuration.movingSeconds = 10
        var script = Script(snapshot: SampleDeck.snapshot(requests: first), configuration: configuration)
        script.press(.character("4"))
        script.send(.tick(101))
        script.send(.snapshot(SampleDeck.snapshot(index: 2, requests: then)))
        return script
    }

    private func rows(_ script: Script) -> [String] {
        let lines = script.lines
        guard let top = lines.firstIndex(where: { $0.contains(" waiting ") && $0.contains("┌") }) else { return [] }
        return lines[(top + 2)...].prefix { !$0.contains("└") }.filter { $0.contains("#9") }
    }

    @Test func theQueueCountsTheRowsThatWait() {
        let first = (1...4).map { Self.waiting(900 + $0) }
        // One began, one ended, and three came: five wait.
        let then =
            [Self.waiting(902), Self.waiting(904), Self.waiting(905), Self.waiting(906), Self.waiting(907)]
            + [Self.waiting(901, .decode, begun: 9.6), Self.waiting(903, .finished(.aborted))]
        let script = batch(first, then: then)
        let drawn = rows(script)
        #expect(script.lines.contains { $0.contains(" waiting 5") })
        #expect(drawn.count(where: { $0.contains("admission paused") }) == 5)
        // Nothing moved: those that wait no more stand where they stood, and say so.
        #expect(drawn.map { $0.contains("#901") } == [true, false, false, false, false, false, false])
        #expect(drawn.first?.contains("began 400ms ago") == true)
        #expect(drawn.count == 7)
    }

    @Test func aQueueThatEmptiedCountsNobody() {
        let script = batch([Self.waiting(901)], then: [Self.waiting(901, .finished(.length), begun: 9.429)])
        #expect(script.lines.contains { $0.contains(" waiting 0") })
        #expect(rows(script).allSatisfy { $0.contains("began 571ms ago") })
        // And with the next move it goes.
        var later = script
        later.send(.tick(200))
        later.send(
            .snapshot(SampleDeck.snapshot(index: 3, requests: [Self.waiting(901, .finished(.length), begun: 0)])))
        #expect(rows(later).isEmpty)
    }

    @Test func tenantsSayHowManyOfThemAreShown() {
        func titles(_ count: Int, height: Int) -> String? {
            let tenants = (0..<count).map { number in
                TenantSnapshot(
                    name: "tenant-\(number)", weight: 1, running: 0, waiting: 0, promptTokens: 0, generatedTokens: 0,
                    serviceAhead: 0, targetSeconds: nil, timeToFirstToken: nil, refused: 0)
            }
            let snapshot = SampleDeck.snapshot().with(tenants: tenants)
            var grid = CellGrid(size: Size(width: 60, height: height))
            TenantsView(state: Script(snapshot: snapshot).state, snapshot: snapshot).draw(in: grid.bounds, on: &grid)
            let shown = grid.lines.count { $0.contains("tenant-") }
            let title = grid.lines.first.map { $0.split(separator: " ").dropFirst(2).filter { !$0.contains("─") } }
            #expect(title?.first.flatMap { Int($0) } == shown)
            return title?.joined(separator: " ")
        }
        #expect(titles(9, height: 11) == "8 of 9")
        #expect(titles(9, height: 12) == "9")
        #expect(titles(40, height: 8) == "5 of 40")
        #expect(titles(3, height: 12) == "3")
    }

    // MARK: axes

    @Test func axesOfThePastNameThePast() throws {
        var script = Script(width: 200, height: 60, snapshot: SampleTraffic.snapshot(0))
        for second in 1...400 {
            script.send(.tick(100 + Double(second)))
            script.send(.snapshot(SampleTraffic.snapshot(second)))
        }
        let format = Format(script.state)
        for (screen, span) in [("1", 300.0), ("5", nil)] as [(Character, Double?)] {
            var past = script
            past.press(.character(screen))
            #expect(past.lines.contains { $0.contains(" now") || $0.contains("now│") })
            past.press(.character(":"), .paste("at -90s"), .enter)
            // Only what belongs to the frame is looked at: nothing below the header reads "now".
            let body = past.lines.dropFirst(2).dropLast(2)
            #expect(!body.contains { $0.contains(" now") || $0.contains("now│") || $0.contains("ago ") }, "\(screen)")
            let shown = try #require(past.state.snapshot).time
            #expect(body.contains { $0.contains(format.clock(shown)) }, "\(screen)")
            if let span { #expect(body.contains { $0.contains(format.clock(shown.addingTimeInterval(-span))) }) }
        }
    }
}

extension DeckSnapshot {
    /// The same moment with other tenants or thrash.
    fileprivate func with(tenants: [TenantSnapshot]? = nil, thrash: ThrashSnapshot? = nil) -> DeckSnapshot {
        DeckSnapshot(
            index: index, time: time, uptime: uptime, deck: deck, disabled: disabled, adapters: adapters, base: base,
            pool: pool, requests: requests, step: step, recentSteps: recentSteps, events: events,
            tokensPerSecond: tokensPerSecond, promptTokensPerSecond: promptTokensPerSecond, process: process,
            tenants: tenants ?? self.tenants, waits: waits, thrash: thrash ?? self.thrash, totals: totals,
            unknown: unknown, replicas: replicas, admissionPaused: admissionPaused)
    }
}
