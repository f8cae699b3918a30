extension BinaryInteger {
    /// The number with its noun: "1 page", "2 pages"; `many` where an s is not enough, as in "1 entry", "2 entries".
    public func counted(_ one: String, many: String? = nil) -> String {
        "\(self) \(form(one, many: many ?? one + "s"))"
    }

    /// The word alone that goes with the number, such as a verb: "ends" of one, "end" of others.
    public func form(_ one: String, many: String) -> String { self == 1 ? one : many }
}
