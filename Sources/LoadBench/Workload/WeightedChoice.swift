import Foundation

/// A choice among items by their shares of the draws.
public struct WeightedChoice: Sendable {
    /// Cumulative; the last is 1.
    private let shares: [Double]

    /// `weights` are positive, at least one of them.
    public init(_ weights: [Double]) {
        precondition(!weights.isEmpty)
        let total = weights.reduce(0, +)
        var sum = 0.0
        shares = weights.map { weight in
            sum += weight / total
            return sum
        }
    }

    /// Zipf's law: the item at rank k (from 1) is drawn k^-exponent times as often as the first. Exponent 0 is uniform.
    public static func zipf(count: Int, exponent: Double) -> WeightedChoice {
        WeightedChoice((1...count).map { pow(Double($0), -exponent) })
    }

    /// The item that a uniform draw from 0..<1 falls on.
    public func item(at draw: Double) -> Int {
        var low = 0
        var high = shares.count - 1
        while low < high {
            let middle = (low + high) / 2
            if draw < shares[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
