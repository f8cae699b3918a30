import DeckCore
import Foundation
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// Requests, latency, history and own cost at three sizes, from five minutes of the same traffic.
@Suite struct PastScreenTests {
    private static func played(_ size: Size, _ glyphs: GlyphSet = .unicode) -> Script {
        SampleTraffic.script(width: size.width, height: size.height, glyphs: glyphs)
    }

    private func name(_ view: String, _ size: Size) -> String { "\(view)-\(size.width)x\(size.height)" }

    @Test(arguments: ScreenGoldenTests.sizes) func requests(_ size: Size) throws {
        var script = Self.played(size)
        script.press(.character("6"))
        for _ in 0..<8 { script.press(.down) }
        try Goldens.check(script.lines, name("requests", size))
        while script.state.requests.sort != .wait { script.press(.character("s")) }
        script.press(.character("g"), .enter)
        try Goldens.check(script.lines, name("request", size))
    }

    @Test(arguments: ScreenGoldenTests.sizes) func latency(_ size: Size) throws {
        var script = Self.played(size)
        // One that requests ended for in that time.
        script.press(.character("5"), .down, .down, .down)
        try Goldens.check(script.lines, name("latency", size))
        guard size.width == 80 else { return }
        for panel in ["map", "spent", "slowest"] {
            script.press(.tab)
            try Goldens.check(script.lines, name("latency-\(panel)", size))
        }
    }

    @Test(arguments: ScreenGoldenTests.sizes) func history(_ size: Size) throws {
        var script = Self.played(size)
        script.press(.character("9"))
        try Goldens.check(script.lines, name("history", size))
        script.press(.up, .up)
        for _ in 0..<9 { script.press(.left) }
        script.send(.tick(1_000))
        script.send(.snapshot(SampleTraffic.snapshot(301)))
        try Goldens.check(script.lines, name("history-past", size))
        script.press(.character("1"))
        try Goldens.check(script.lines, name("overview-past", size))
    }

    @Test func ownCost() throws {
        var script = Script(width: 120, height: 40)
        script.press(.character("O"))
        for frame in 0..<9 {
            script.send(
                .cost(
                    FrameCost(
                        collect: 0.0004, layout: 0.0012 + Double(frame) * 1e-5, draw: 0.0003, bytes: 800 + frame * 10,
                        time: Double(frame) / 4, processor: Double(frame) / 4 * 0.0185)))
        }
        try Goldens.check(script.lines, "cost-120x40")
    }

    @Test func inASCII() throws {
        let size = Size(width: 120, height: 40)
        var script = Self.played(size, .ascii)
        for (key, view) in [("5", "latency"), ("6", "requests"), ("9", "history")] {
            script.press(.character(Character(key)))
            try Goldens.check(script.lines, "\(view)-ascii-120x40")
            let foreign = script.lines.joined().filter { !$0.isASCII }
            #expect(foreign.isEmpty, "\(view)")
        }
    }

    @Test(arguments: [GlyphSet.unicode, .ascii]) func everySize(_ glyphs: GlyphSet) {
        let played = Self.played(Size(width: 120, height: 40), glyphs)
        for (view, keys) in [
            ("requests", [Key.character("6"), .down]), ("request", [.character("6"), .down, .enter]),
            ("latency", [.character("5"), .down]), ("latency map", [.character("5"), .tab]),
            ("latency spent", [.character("5"), .tab, .tab]), ("latency slowest", [.character("5"), .backTab]),
            ("history", [.character("9")]), ("past", [.character("9"), .up, .left]),
            ("cost", [.character("6"), .character("O")]),
        ] {
            var script = played
            // Small, so that panels that share a place are one after the other in it.
            script.press(.resize(Size(width: 80, height: 24)))
            for key in keys { script.press(key) }
            for width in [1, 20, 39, 40, 41, 60, 74, 80, 109, 110, 120, 169, 170, 200, 300] {
                for height in [1, 9, 10, 11, 12, 14, 18, 24, 30, 34, 60, 100] {
                    script.send(.key(.resize(Size(width: width, height: height))))
                    let grid = script.frame
                    if glyphs == .ascii {
                        #expect(grid.lines.joined().allSatisfy { $0.isASCII }, "\(view) \(width)x\(height)")
                    } else if let flaw = BoxCheck(grid).flaw(titled: view == "cost" ? "own cost" : nil) {
                        Issue.record("\(view) \(width)x\(height): \(flaw)")
                    }
                    guard width >= 40, height >= 10 else { continue }
                    check(panelsOf: script, "\(view) \(width)x\(height)")
                }
            }
        }
    }

    /// They cover the content and do not overlap.
    private func check(panelsOf script: Script, _ what: String) {
        let area = Regions(script.state).content
        let panels = script.state.view.screen.panels(script.state, in: area).filter { !$0.isEmpty }
        for (index, first) in panels.enumerated() {
            #expect(first.intersection(area) == first, "\(what)")
            for second in panels[(index + 1)...] { #expect(first.intersection(second).isEmpty, "\(what)") }
        }
        #expect(panels.reduce(0) { $0 + $1.width * $1.height } == area.width * area.height, "\(what)")
    }

    @Test(arguments: 1...3) func hostileTexts(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func text() -> String { HostileTextTests.text(&generator) }
        for size in [Size(width: 61, height: 17), Size(width: 121, height: 41), Size(width: 200, height: 60)] {
            var script = Script(width: size.width, height: size.height, snapshot: nil)
            let names = (0..<5).map { _ in text() }
            for second in 0...20 {
                let sample = SampleTraffic.snapshot(second)
                let requests = sample.requests.map { request in
                    var timeline = request.timeline
                    timeline.waits = [WaitPart(.behind(what: text(), needed: 1, free: 0), seconds: 0.2)]
                    timeline.coldCause = .evicted(secondsBefore: 2, actor: text())
                    let phase: RequestPhase =
                        switch Int.random(in: 0..<3, using: &generator) {
                        case 0 where !request.phase.isLive: .failed(reason: text())
                        case 1 where request.phase.isLive: .waiting(.behind(what: text(), needed: 1, free: 0))
                        default: request.phase
                        }
                    return RequestSnapshot(
                        id: request.id, adapter: names[Int(request.id.value % 5)], digest: nil, origin: text(),
                        submitted: request.submitted, phase: phase, promptTokens: 9, generatedTokens: 5,
                        timeline: timeline)
                }
                let events = sample.events.map {
                    DeckEvent(
                        id: $0.id, time: $0.time, kind: $0.kind, level: $0.level, actor: text(), subject: text(),
                        message: text(), command: text())
                }
                script.send(.tick(100 + Double(second)))
                script.send(
                    .snapshot(
                        sample.withLists(
                            adapters: names.map { SampleDeck.adapter($0, running: 1) }, requests: requests,
                            recentSteps: [], events: events)))
            }
            for keys in [
                [Key.character("6"), .down], [.enter], [.escape, .down, .character("5"), .down, .tab], [.tab], [.tab],
                [.character("9"), .up], [.left], [.character("6")],
            ] {
                for key in keys { script.press(key) }
                // What was said about it lies over the borders, and goes.
                script.send(.tick(script.state.now + 20))
                HostileTextTests.check(script.frame, "\(script.state.view) of \(seed) at \(size)")
            }
        }
    }
}
