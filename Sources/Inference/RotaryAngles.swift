import Glibc
import ModelFiles

/// Rotary position embedding (Su et al., RoFormer): the angle of each pair of a head's dimensions at a position.
struct RotaryAngles: Sendable {
    /// [headSize / 2]: radians a position.
    let frequencies: [Double]

    init(_ rotary: RotaryConfig, headSize: Int) {
        let half = headSize / 2
        let theta = Double(rotary.theta)
        let plain = (0..<half).map { pow(theta, -2 * Double($0) / Double(headSize)) }
        switch rotary.scaling {
        case .none:
            frequencies = plain
        case .linear(let factor):
            frequencies = plain.map { $0 / Double(factor) }
        case .llama3(let factor, let low, let high, let originalContext):
            frequencies = plain.map { frequency in
                Self.llama3(
                    frequency, factor: Double(factor), low: Double(low), high: Double(high),
                    context: Double(originalContext))
            }
        case .divisors(let divisors):
            frequencies = zip(plain, divisors).map { $0 / Double($1) }
        }
    }

    /// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, those between blended.
    private static func llama3(_ frequency: Double, factor: Double, low: Double, high: Double, context: Double)
        -> Double
    {
        let turns = context * frequency / (2 * .pi)
        if turns > high { return frequency }
        if turns < low { return frequency / factor }
        let share = (turns - low) / (high - low)
        return (1 - share) * frequency / factor + share * frequency
    }

    /// Writes [headSize/2] cosines and as many sines.
    func write(position: Int, cosines: UnsafeMutablePointer<Float>, sines: UnsafeMutablePointer<Float>) {
        for (index, frequency) in frequencies.enumerated() {
            let angle = Double(position) * frequency
            cosines[index] = Float(cos(angle))
            sines[index] = Float(sin(angle))
        }
    }
}
