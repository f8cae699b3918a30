/// Arithmetic that ends at the largest or smallest number where there is no room for the result.
///
/// Figures of a deck may come from elsewhere. They are checked where they enter; a screen does not fall over one that was
/// not.
extension Int {
    public func plus(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }

    public func minus(_ other: Int) -> Int {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other < 0 ? .max : .min) : difference
    }

    public func times(_ other: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// The whole number towards zero; the nearest there is, and 0 for what is no number.
    public init(bounding value: Double) {
        self = value.isNaN ? 0 : Int(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : .min)
    }
}

extension Sequence<Int> {
    /// The sum of all.
    public var saturatedSum: Int { reduce(0) { $0.plus($1) } }
}
