import Foundation

/// Zipf's law over a list: the item at rank k (from 1) is drawn k^-exponent times as often as the first. Exponent 0 is
/// uniform.
struct ZipfLaw: Sendable {
    /// Cumulative; the last is 1.
    private let shares: [Double]

    init(count: Int, exponent: Double) {
        precondition(count > 0)
        let weights = (1...count).map { pow(Double($0), -exponent) }
        let total = weights.reduce(0, +)
        var sum = 0.0
        shares = weights.map { weight in
            sum += weight / total
            return sum
        }
    }

    /// The item that a uniform draw from 0..<1 falls on.
    func item(at draw: Double) -> Int {
        var low = 0
        var high = shares.count - 1
        while low < high {
            let middle = (low + high) / 2
            if draw < shares[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
