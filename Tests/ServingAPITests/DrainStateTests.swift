import TestSupport
import Testing

@testable import ServingAPI

@Suite("The way to a server's end") struct DrainStateTests {
    @Test func withoutWorkItEndsAtOnce() {
        var state = DrainState(lastWordSeconds: 2)
        #expect(state.end(within: 30, at: 5) == [.endAll, .stop] && state.isStopped)
        #expect(state.end(within: 30, at: 6) == [])
    }

    @Test func itWaitsForWorkAndThenForLastWords() {
        var state = DrainState(lastWordSeconds: 2)
        state.began(isWork: true)
        state.began(isWork: true)
        state.began(isWork: false)
        #expect(state.end(within: 30, at: 5) == [.wake(at: 35)])
        #expect(state.phase == .draining(until: 35))
        #expect(state.ended(isWork: true, at: 6) == [])
        // The last answer ended; consoles' streams are told to.
        #expect(state.ended(isWork: true, at: 7) == [.endAll, .wake(at: 9)])
        #expect(state.ended(isWork: false, at: 7.5) == [.stop])
        #expect(state.passed(at: 35) == [] && state.passed(at: 9) == [])
    }

    @Test func whatDoesNotEndInItsTimeIsToldToAndThenCut() {
        var state = DrainState(lastWordSeconds: 2)
        state.began(isWork: true)
        #expect(state.end(within: 30, at: 0) == [.wake(at: 30)])
        // A timer that is early is set again.
        #expect(state.passed(at: 29) == [.wake(at: 30)])
        #expect(state.passed(at: 30) == [.endAll, .wake(at: 32)])
        #expect(state.passed(at: 31) == [.wake(at: 32)])
        #expect(state.passed(at: 32) == [.stop])
        #expect(state.ended(isWork: true, at: 33) == [])
    }

    @Test func toldTwiceItStopsAtOnce() {
        for seconds in [0.5, 30] {
            var state = DrainState(lastWordSeconds: 2)
            state.began(isWork: true)
            _ = state.end(within: seconds, at: 0)
            if seconds < 1 { _ = state.passed(at: seconds) }
            #expect(state.end(within: seconds, at: 1) == [.stop] && state.isStopped)
        }
    }

    @Test func noSecondsAreNoWait() {
        var state = DrainState(lastWordSeconds: 2)
        state.began(isWork: true)
        #expect(state.end(within: 0, at: 1) == [.endAll, .wake(at: 3)])
    }

    /// Whatever comes in whatever order: it stops once, only after it was told to end, and never while there is work and time.
    @Test func anyOrderOfEvents() {
        var random = SeededGenerator(seed: 147)
        var stoppedEarly = 0
        for _ in 0..<500 {
            var state = DrainState(lastWordSeconds: 2)
            var (work, others, time, stops, told) = (0, 0, 0.0, 0, false)
            for _ in 0..<60 {
                time += Double.random(in: 0...2, using: &random)
                var actions: [DrainState.Action] = []
                let isWork = Bool.random(using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0...2:
                    state.began(isWork: isWork)
                    if isWork { work += 1 } else { others += 1 }
                case 3...5 where isWork && work > 0:
                    work -= 1
                    actions = state.ended(isWork: true, at: time)
                case 3...5 where !isWork && others > 0:
                    others -= 1
                    actions = state.ended(isWork: false, at: time)
                case 6 where !told && time > 20:
                    told = true
                    actions = state.end(within: 20, at: time)
                default: actions = state.passed(at: time)
                }
                if actions.contains(.stop) {
                    stops += 1
                    if work + others == 0 { stoppedEarly += 1 }
                }
                if case .draining = state.phase { #expect(work > 0) }
                #expect(told || state.phase == .serving)
            }
            #expect(stops <= 1)
            if state.isStopped { #expect(stops == 1) }
        }
        #expect(stoppedEarly > 20)
    }
}
