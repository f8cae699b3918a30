import DeckCore
import Foundation

/// A time as `:at` takes it: a time of day, or how long ago.
enum TimeWords: Hashable, Sendable {
    case now
    /// Seconds before now.
    case ago(Double)
    /// Seconds after midnight; the last time that it was so late.
    case clock(Int)

    /// `now`, `-90s`, `-5m`, `-1h30m`, `14:13`, `14:13:20`; nil for anything else.
    init?(_ text: String) {
        let text = text.lowercased()
        if text == "now" {
            self = .now
        } else if text.hasPrefix("-") {
            var seconds = 0.0
            var digits = ""
            for character in text.dropFirst() {
                if character.isASCII, character.isNumber || character == "." {
                    digits.append(character)
                } else if let unit = ["s": 1.0, "m": 60, "h": 3600][character], let value = Double(digits) {
                    seconds += value * unit
                    digits = ""
                } else {
                    return nil
                }
            }
            guard digits.isEmpty, seconds > 0, seconds.isFinite else { return nil }
            self = .ago(seconds)
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
                part.count <= 2 && part.allSatisfy(\.isASCII) ? Int(part) ?? -1 : -1
            }
            guard parts.count == 2 || parts.count == 3, (0..<24).contains(parts[0]),
                parts.dropFirst().allSatisfy({ (0..<60).contains($0) })
            else { return nil }
            self = .clock(parts[0] * 3600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0))
        }
    }

    /// Nil is now. `offset` is the zone's, in seconds east of UTC.
    func date(before newest: Date, offset: Int) -> Date? {
        switch self {
        case .now: return nil
        case .ago(let seconds): return newest.addingTimeInterval(-seconds)
        case .clock(let wanted):
            let local = Int(bounding: newest.timeIntervalSince1970.rounded(.down)).plus(offset)
            let since = (local.minus(wanted) % 86_400 + 86_400) % 86_400
            return Date(timeIntervalSince1970: Double(local.minus(offset).minus(since)))
        }
    }
}

extension ConsoleState {
    /// Puts the moment of a time on screen, as `:at` orders it; false where the words are no time.
    mutating func travel(to words: String) -> Bool {
        guard let time = TimeWords(words) else { return false }
        guard let newest else {
            say("nothing is recorded so far", .warning)
            return true
        }
        guard let date = time.date(before: newest.time, offset: configuration.timeZoneOffset) else {
            returnToNow()
            return true
        }
        if let first = chronicle.recording.moments.first, date < first.time {
            say("recorded since \(Format(self).clock(first.time)): this is the oldest moment", .warning)
        }
        travel(to: date)
        return true
    }
}
