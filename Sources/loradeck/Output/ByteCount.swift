import ArgumentParser
import Foundation

/// A number of bytes, as people write it: `512M`, `2G`, `1.5g`, `900k`, `1048576`. Units are powers of 1024.
struct ByteCount: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    let bytes: Int

    init(_ bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        var digits = argument.uppercased()[...]
        for suffix in ["IB", "B"] where digits.hasSuffix(suffix) {
            digits = digits.dropLast(suffix.count)
            break
        }
        var factor = 1.0
        if let unit = digits.last, let power = ["K": 1, "M": 2, "G": 3, "T": 4][String(unit)] {
            factor = pow(1024, Double(power))
            digits = digits.dropLast()
        }
        guard digits.allSatisfy({ $0.isNumber || $0 == "." }), let value = Double(digits), value > 0,
            value * factor < 1e15
        else { return nil }
        bytes = Int(value * factor)
    }

    /// With the unit that leaves one to three digits before the point.
    var description: String {
        var value = Double(bytes)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1000 || unit == "GiB" {
                return unit == "B" ? "\(bytes) B" : "\(Fixed.text(value, digits: 1)) \(unit)"
            }
            value /= 1024
        }
        return "\(bytes) B"
    }
}

/// Numbers with a fixed number of digits after the point, the same in every locale.
enum Fixed {
    static func text(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", locale: Locale(identifier: "en_US_POSIX"), value)
    }
}
