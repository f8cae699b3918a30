import ModelFiles
import TestSupport
import Testing

struct StopMatcherTests {
    private func run(_ stops: [String], _ pieces: [String]) -> (text: String, stopped: Bool) {
        var matcher = StopMatcher(stops)
        var text = ""
        for piece in pieces {
            let (emitted, stopped) = matcher.append(piece)
            text += emitted
            if stopped { return (text, true) }
        }
        return (text + matcher.finish(), false)
    }

    @Test func holdsBackWhatMayBeAStop() {
        var matcher = StopMatcher(["\n\nUser:"])
        #expect(matcher.append("Hello\n") == ("Hello", false))
        #expect(matcher.append("\nUs") == ("", false))
        #expect(matcher.append("ed cars") == ("\n\nUsed cars", false))
        #expect(matcher.append("\n\nUser: x") == ("", true))
        #expect(matcher.append("more") == ("", true))
        #expect(matcher.finish().isEmpty)
    }

    @Test func overlapsAndRestartsAreFound() {
        #expect(run(["aab"], ["aa", "aab"]) == ("aa", true))
        #expect(run(["abab", "b"], ["xa", "bab"]) == ("xa", true))
        #expect(run(["日本"], ["今日", "本語"]) == ("今", true))
        #expect(run(["", "end"], ["the en", "d"]) == ("the ", true))
        #expect(run([], ["all of", " it"]) == ("all of it", false))
        #expect(run(["stop"], ["sto"]) == ("sto", false))
    }

    @Test func splittingThePiecesChangesNothing() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let text = (0..<40).map { _ in ["a", "b", "é"].randomElement(using: &generator) ?? "a" }.joined()
            let stops = (0..<2).map { _ in
                (0..<Int.random(in: 2...6, using: &generator)).map { _ in
                    ["a", "b", "é"].randomElement(using: &generator) ?? "a"
                }
                .joined()
            }
            var pieces: [String] = []
            var rest = text[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...5, using: &generator))
                pieces.append(String(piece))
                rest = rest.dropFirst(piece.count)
            }
            let expected = stops.compactMap { text.firstRange(of: $0) }
                .min { ($0.upperBound, $0.lowerBound) < ($1.upperBound, $1.lowerBound) }
            let (emitted, stopped) = run(stops, pieces)
            #expect(stopped == (expected != nil))
            #expect(emitted == expected.map { String(text[..<$0.lowerBound]) } ?? text)
        }
    }
}
