import DeckCore
import Foundation
import TerminalKit

/// Numbers as screens show them: IEC bytes, `ms` and `s`, and a dash where nothing is known.
struct Format {
    let glyphs: GlyphSet
    /// Seconds east of UTC.
    let timeZoneOffset: Int

    init(_ state: ConsoleState) {
        glyphs = state.glyphs
        timeZoneOffset = state.configuration.timeZoneOffset
    }

    /// With `digits` decimals, without the locale.
    static func decimal(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return value > 0 ? "inf" : "?" }
        let scale = pow(10.0, Double(digits))
        let units = Int((abs(value) * scale).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        guard digits > 0 else { return sign + String(units) }
        let fraction = String(units % Int(scale))
        return "\(sign)\(units / Int(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// Three significant digits or so: `1.23`, `12.3`, `123`.
    static func short(_ value: Double) -> String {
        abs(value) < 9.995 ? decimal(value, 2) : abs(value) < 99.95 ? decimal(value, 1) : decimal(value, 0)
    }

    /// Bytes as operators type them: `4096`, `512M`, `2GiB`, `1.5g`; nil for anything else.
    static func byteCount(_ text: String) -> Int? {
        var digits = text.uppercased()[...]
        for suffix in ["IB", "B"] where digits.hasSuffix(suffix) {
            digits = digits.dropLast(suffix.count)
            break
        }
        var value = 1.0
        if let unit = digits.last, let power = ["K": 1, "M": 2, "G": 3, "T": 4][String(unit)] {
            value = pow(1024, Double(power))
            digits = digits.dropLast()
        }
        guard digits.allSatisfy({ "0"..."9" ~= $0 || $0 == "." }), let number = Double(digits), number > 0,
            number * value < 1e15
        else { return nil }
        return Int(number * value)
    }

    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if abs(value) < 1023.5 { return unit == "B" ? "\(count) B" : "\(decimal(value, 1)) \(unit)" }
            value /= 1024
        }
        return "\(decimal(value, 1)) TiB"
    }

    /// For tables: no blank, never wider than 8.
    static func bytesShort(_ count: Int) -> String { bytes(count).replacingOccurrences(of: " ", with: "") }

    static func duration(_ seconds: Double) -> String {
        switch abs(seconds) {
        case ..<0.00995: "\(decimal(seconds * 1000, 1))ms"
        case ..<0.9995: "\(decimal(seconds * 1000, 0))ms"
        case ..<9.995: "\(decimal(seconds, 2))s"
        case ..<99.95: "\(decimal(seconds, 1))s"
        default: span(seconds)
        }
    }

    /// Long times: `42s`, `3m12s`, `5h07m`, `3d04h`.
    static func span(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "?" }
        let whole = max(0, Int(seconds))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return switch whole {
        case ..<60: "\(whole)s"
        case ..<3600: "\(whole / 60)m\(two(whole % 60))s"
        case ..<86_400: "\(whole / 3600)h\(two(whole % 3600 / 60))m"
        default: "\(whole / 86_400)d\(two(whole % 86_400 / 3600))h"
        }
    }

    static func percent(_ part: Int, of whole: Int) -> String {
        whole > 0 ? "\(Int(bounding: (Double(part) * 100 / Double(whole)).rounded()))%" : "0%"
    }

    /// A part of a whole in whole hundredths, 0...100.
    static func hundredths(_ share: Double) -> Int { Int(bounding: max(0, min(1, share)) * 100) }

    /// As short as it can be written: `0.7`, `1`, `1.25`.
    static func plain(_ value: Float) -> String {
        value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
    }

    /// Date and time of day in the configured zone, as files and logs have it: `2026-09-21 14:13:20`.
    func moment(_ date: Date) -> String {
        let seconds = Int(bounding: date.timeIntervalSince1970.rounded(.down)).plus(timeZoneOffset)
        let day = Int(bounding: (Double(seconds) / 86_400).rounded(.down))
        // Days to a civil date, by Howard Hinnant's algorithm.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let dayOfMonth = ofYear - (153 * month + 2) / 5 + 1
        let civil = month < 10 ? month + 3 : month - 9
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year + era * 400 + (civil <= 2 ? 1 : 0))-\(two(civil))-\(two(dayOfMonth)) \(clock(date))"
    }

    func duration(_ seconds: Double?) -> String { seconds.map(Self.duration) ?? glyphs.unknown }

    /// The ends of an axis over so many seconds up to a moment, as times of day.
    func clocks(_ seconds: Double, until end: Date) -> (from: String, to: String) {
        (clock(end.addingTimeInterval(-seconds)), clock(end))
    }

    /// Time of day in the configured zone: `21:04:05`.
    func clock(_ date: Date) -> String {
        let total = Int(bounding: date.timeIntervalSince1970.rounded(.down)).plus(timeZoneOffset)
        let second = ((total % 86_400) + 86_400) % 86_400
        return [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(
            separator: ":")
    }
}
