import DeckCore
import Foundation
import TerminalKit
import Testing

@testable import Console

/// The recorded past: what is kept of it, and how screens go there.
@Suite struct RecordingTests {
    private func recording(_ seconds: ClosedRange<Int>, _ limits: Recording.Limits = Recording.Limits()) -> Recording {
        var recording = Recording(limits)
        for second in seconds { recording.take(SafeSnapshot(SampleTraffic.snapshot(second))) }
        return recording
    }

    @Test func momentsAreWholeAgain() {
        let recording = recording(0...40)
        #expect(recording.moments.count == 41)
        for (second, moment) in recording.moments.enumerated() {
            #expect(moment.safe.snapshot == SafeSnapshot(SampleTraffic.snapshot(second)).snapshot)
        }
    }

    @Test func namesGoBackToTheDecksOwn() {
        let name = "bad\u{1B}[2Jname"
        var recording = Recording()
        let safe = SafeSnapshot(SampleDeck.snapshot(adapters: [SampleDeck.adapter(name)]))
        recording.take(safe)
        let shown = safe.snapshot.adapters[0].name
        #expect(recording.moments[0].safe.original(shown) == name)
    }

    @Test func whatStaysTheSameIsHeldOnce() {
        // A thousand adapters of which one changes.
        var recording = Recording()
        var sizes: [Int] = []
        for second in 0..<4 {
            let adapters = (0..<1_000).map { SampleDeck.adapter("a\($0)", rate: $0 == 7 ? Double(second) : 0) }
            let sample = SampleDeck.snapshot(adapters: adapters)
            recording.take(
                SafeSnapshot(sample.withLists(adapters: adapters, requests: [], recentSteps: [], events: []).at(second))
            )
            sizes.append(recording.bytes)
        }
        let (first, each) = (sizes[0], sizes[3] - sizes[2])
        #expect(first > 1_000 * MemoryLayout<AdapterSnapshot>.stride)
        #expect(each < first / 10)
    }

    @Test func bytesAndMomentsAreBounded() {
        var limits = Recording.Limits()
        limits.moments = 50
        let recording = recording(0...600, limits)
        #expect(recording.moments.count == 50)
        // The present is close together, the past far apart, and all of the time is covered.
        let times = recording.moments.map { SampleTraffic.time(600).timeIntervalSince($0.time) }
        #expect(times.last == 0)
        #expect(times[0] > 500)
        #expect(times.suffix(5) == [4, 3, 2, 1, 0])
        let gaps = zip(times, times.dropFirst()).map { $0 - $1 }
        #expect(gaps.prefix(10).reduce(0, +) > 3 * gaps.suffix(10).reduce(0, +))
        // What was thinned out is not counted any more: the same as if only these had been kept.
        var fresh = Recording(limits)
        for moment in recording.moments { fresh.take(moment.safe) }
        #expect(recording.bytes == fresh.bytes)

        limits = Recording.Limits()
        limits.bytes = 600_000
        let small = self.recording(0...600, limits)
        #expect(small.bytes <= 600_000)
        #expect(small.moments.count > 5)
    }

    @Test func momentsAreNotTooClose() {
        var recording = Recording()
        for tenth in 0..<20 {
            recording.take(SafeSnapshot(SampleTraffic.snapshot(0).at(Double(tenth) / 10)))
        }
        #expect(recording.moments.count == 7)
        // A clock that was set back starts a new recording.
        recording.take(SafeSnapshot(SampleTraffic.snapshot(0).at(-60)))
        #expect(recording.moments.count == 1)
        #expect(recording.moment(at: SampleTraffic.time(-90)) === recording.moments[0])
    }

    // MARK: going there

    @Test func everyScreenShowsThatMoment() throws {
        var script = SampleTraffic.script()
        let now = script.frame
        script.press(.character("9"))
        for _ in 0..<60 { script.press(.left) }
        #expect(script.state.snapshot?.time == SampleTraffic.time(240))
        for key in ["1", "2", "3", "4", "5", "6", "8", "9"] {
            script.press(.character(Character(key)))
            #expect(script.shows("HISTORY \(Format(script.state).clock(SampleTraffic.time(240))), 1m00s ago"), "\(key)")
            #expect(script.state.snapshot == SafeSnapshot(SampleTraffic.snapshot(240)).snapshot)
        }
        // Not pinned yet, and the event that pinned it not on screen.
        script.press(.character("8"))
        #expect(!script.shows("pinned"))
        #expect(script.state.log.events.count == 5)
        script.press(.escape)
        #expect(script.state.past == nil)
        #expect(script.shows("pinned"))
        script.press(.character("1"))
        #expect(script.state.snapshot?.time == SampleTraffic.time(300))
        #expect(script.frame.lines.dropLast(2) == now.lines.dropLast(2))
    }

    @Test func nothingIsOrderedInThePast() {
        var script = SampleTraffic.script(seconds: 60)
        script.press(.character("["), .character("["))
        #expect(script.state.past != nil)
        script.press(.character("2"))
        script.select("pirate-games")
        for key in ["l", "e", "p", "t", "z"] {
            #expect(script.press(.character(Character(key))).isEmpty, "\(key)")
            #expect(script.state.overlay == nil && script.state.view == .adapters, "\(key)")
            #expect(script.shows("this is the past: Esc returns to now"), "\(key)")
        }
        script.press(.character(":"))
        script.type("load kids-garden")
        #expect(script.press(.enter).compactMap(\.command).isEmpty)
        script.press(.escape, .character("2"))
        script.select("kids-garden")
        #expect(!script.press(.character("l")).compactMap(\.command).isEmpty)
    }

    @Test func thePresentGoesOnBeingRecorded() {
        var script = SampleTraffic.script(seconds: 60)
        script.press(.character("9"), .left, .left)
        let shown = script.state.snapshot
        for second in 61...90 {
            script.send(.tick(100 + Double(second)))
            script.send(.snapshot(SampleTraffic.snapshot(second)))
        }
        #expect(script.state.snapshot == shown)
        #expect(script.state.chronicle.recording.moments.count == 91)
        #expect(script.state.newest?.time == SampleTraffic.time(90))
        #expect(script.shows("32s ago"))
        script.press(.end)
        #expect(script.state.past == nil)
        #expect(script.state.snapshot?.time == SampleTraffic.time(90))
    }

    @Test func stepsEventsAndTimes() {
        var script = SampleTraffic.script()
        func second() -> Double? { script.state.snapshot.map { $0.time.timeIntervalSince(SampleTraffic.time(0)) } }
        script.press(.character("9"), .up)
        #expect(second() == 270)
        #expect(script.shows("harbor-bank"))
        script.press(.up)
        #expect(second() == 200)
        script.press(.character("}"))
        #expect(second() == 270)
        script.press(.pageUp)
        #expect(second() == 210)
        script.press(.right)
        #expect(second() == 211)
        script.press(.character("g"))
        #expect(second() == 0)
        script.press(.left)
        #expect(second() == 0)
        #expect(script.shows("oldest"))
        script.press(.down)
        #expect(second() == 40)
        script.press(.escape, .right)
        #expect(script.shows("this is now"))
        script.press(.character("G"))
        #expect(script.state.past == nil && second() == 300)
        // A click on the timeline.
        let timeline = Timeline(script.state, in: HistoryRegions(Regions(script.state).content).timeline)
        guard let timeline, let x = timeline.column(SampleTraffic.time(100)) else {
            Issue.record("no timeline")
            return
        }
        HistoryScreen().press(&script.state, x: x, y: timeline.plot.y, in: Regions(script.state).content)
        #expect(abs((second() ?? 0) - 100) <= 3)
    }

    @Test func marksAndPauseAreKeptApart() {
        var script = SampleTraffic.script(seconds: 60)
        script.press(.character("2"))
        script.select("harbor-bank")
        script.press(.character(" "), .character("z"), .character("["))
        // Going back ends the pause: the past stands still anyway.
        #expect(!script.state.isPaused && script.state.past != nil)
        script.press(.escape)
        #expect(script.state.marks == [.adapter("harbor-bank")])
        #expect(!script.state.isPaused && script.state.past == nil)
    }

    @Test func beforeTheFirstSnapshotThereIsNoPast() {
        var script = Script(snapshot: nil)
        script.press(.character("9"), .left, .up, .pageUp, .character("g"), .character("["))
        #expect(script.state.past == nil)
        #expect(script.shows("nothing is recorded so far"))
    }
}

extension DeckSnapshot {
    /// The same moment at another time, in seconds after the sample's start.
    fileprivate func at(_ seconds: Double) -> DeckSnapshot {
        DeckSnapshot(
            index: index, time: SampleDeck.start.addingTimeInterval(seconds), uptime: uptime, deck: deck,
            disabled: disabled, adapters: adapters, base: base, pool: pool, requests: requests, step: step,
            recentSteps: recentSteps, events: events, tokensPerSecond: tokensPerSecond,
            promptTokensPerSecond: promptTokensPerSecond, process: process)
    }

    fileprivate func at(_ second: Int) -> DeckSnapshot { at(Double(second)) }
}
