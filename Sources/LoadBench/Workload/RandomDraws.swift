import Foundation
import ServingEngine

/// Draws from the distributions that arrivals follow.
extension SplitMix64 {
    /// A stream of its own for each `index` under one seed.
    init(seed: UInt64, index: Int) {
        var mix = SplitMix64(seed: seed)
        self.init(seed: mix.next() ^ (UInt64(truncatingIfNeeded: index) &* 0xD6E8_FEB8_6659_FD93))
    }

    /// Mean 1; never 0 or infinite.
    public mutating func exponential() -> Double { -log(1 - unit()) }

    /// Mean 0, variance 1 (Box and Muller, 1958).
    mutating func normal() -> Double { sqrt(2 * exponential()) * cos(2 * .pi * unit()) }

    /// Shape `shape` above 0, scale 1: mean and variance are `shape` (Marsaglia and Tsang, 2000).
    mutating func gamma(shape: Double) -> Double {
        // A shape below 1 is lifted by one and brought back by a power of a uniform.
        if shape < 1 { return gamma(shape: shape + 1) * pow(1 - unit(), 1 / shape) }
        let d = shape - 1.0 / 3
        let c = 1 / sqrt(9 * d)
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(1 - unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }
}
