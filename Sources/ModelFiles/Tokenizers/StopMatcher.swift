/// Watches streamed text for stop strings, and holds back what may be the start of one.
///
/// Text before the first stop string to be completed is emitted, the stop string and all after it are not. Runs the
/// automaton of Knuth, Morris and Pratt once per stop string, so a long one costs no more than a short one.
public struct StopMatcher: Sendable {
    private struct Automaton: Sendable {
        let pattern: [UInt8]
        /// For each matched length, the longest shorter match that is also a suffix.
        let fallback: [Int]
        var matched = 0

        init(_ pattern: [UInt8]) {
            self.pattern = pattern
            var fallback = [0, 0]
            var length = 0
            for index in pattern.indices.dropFirst() {
                while length > 0, pattern[index] != pattern[length] { length = fallback[length] }
                if pattern[index] == pattern[length] { length += 1 }
                fallback.append(length)
            }
            self.fallback = fallback
        }

        mutating func advance(_ byte: UInt8) {
            while matched > 0, pattern[matched] != byte { matched = fallback[matched] }
            if pattern[matched] == byte { matched += 1 }
        }

        var isComplete: Bool { matched == pattern.count }
    }

    private var automata: [Automaton]
    private var held: [UInt8] = []
    /// Whether a stop string was completed.
    public private(set) var hasStopped = false

    /// Empty stop strings are ignored.
    public init(_ stops: [String]) {
        automata = stops.filter { !$0.isEmpty }.map { Automaton(Array($0.utf8)) }
    }

    /// The text that may be emitted after one more piece, and whether a stop string was completed by it or before it.
    public mutating func append(_ text: String) -> (text: String, stopped: Bool) {
        guard !hasStopped else { return ("", true) }
        guard !automata.isEmpty else { return (text, false) }
        for byte in text.utf8 {
            held.append(byte)
            var longest = 0
            for index in automata.indices {
                automata[index].advance(byte)
                if automata[index].isComplete { longest = max(longest, automata[index].matched) }
            }
            if longest > 0 {
                hasStopped = true
                let text = String(decoding: held.dropLast(longest), as: UTF8.self)
                held = []
                return (text, true)
            }
        }
        // A stop string starts at the start of a character, so the cut never splits one.
        let keep = automata.reduce(0) { max($0, $1.matched) }
        let text = String(decoding: held.dropLast(keep), as: UTF8.self)
        held.removeFirst(held.count - keep)
        return (text, false)
    }

    /// What was held back when the text ended without a stop string.
    public mutating func finish() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }
}
