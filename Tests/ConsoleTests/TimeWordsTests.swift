import Foundation
import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Times as `:at` takes them.
@Suite struct TimeWordsTests {
    @Test func timesAreRead() {
        #expect(TimeWords("now") == .now)
        #expect(TimeWords("-90s") == .ago(90))
        #expect(TimeWords("-1h30m") == .ago(5_400))
        #expect(TimeWords("-0.5m") == .ago(30))
        #expect(TimeWords("14:05") == .clock(50_700))
        #expect(TimeWords("00:00:07") == .clock(7))
        for text in ["", "-", "-5", "-m", "24:00", "12:60", "12", "1:2:3:4", "a:b", "+5m", "12:-1", "-0s"] {
            #expect(TimeWords(text) == nil, "\(text)")
        }
    }

    @Test func aTimeOfDayIsTheLastOne() {
        // 14:13:20 UTC.
        let newest = SampleDeck.start
        let same = TimeWords("14:13:20")?.date(before: newest, offset: 0)
        #expect(same == newest)
        let yesterday = TimeWords("14:13:21")?.date(before: newest, offset: 0)
        #expect(yesterday == newest.addingTimeInterval(-86_399))
        let east = TimeWords("16:13")?.date(before: newest, offset: 7_200)
        #expect(east == newest.addingTimeInterval(-20))
    }

    @Test func atGoesToTheRecordedMoment() {
        var script = SampleTraffic.script(seconds: 120)
        func at(_ words: String) {
            script.press(.character(":"))
            script.type("at " + words)
            script.press(.enter)
        }
        at("-60s")
        #expect(script.state.past?.time == SampleTraffic.time(60))
        #expect(script.shows("HISTORY"))
        let clock = Format(script.state).clock(SampleTraffic.time(30))
        at(clock)
        #expect(script.state.past?.time == SampleTraffic.time(30))
        at("-2h")
        #expect(script.state.past?.time == SampleTraffic.time(0))
        #expect(script.shows("this is the oldest moment"))
        at("now")
        #expect(script.state.past == nil)
        at("soon")
        #expect(script.shows("usage: at TIME"))
    }
}
