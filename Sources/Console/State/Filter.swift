/// A row filter as typed: `a|b` keeps rows with either text, a leading `!` keeps the others; upper and lower case are alike.
public struct Filter: Hashable, Sendable {
    public let text: String
    private let alternatives: [String]
    private let isInverse: Bool

    public init(_ text: String = "") {
        self.text = text
        let body = text.lowercased()
        isInverse = body.hasPrefix("!")
        alternatives = (isInverse ? body.dropFirst() : body[...]).split(separator: "|").map(String.init)
    }

    /// Whether it lets everything through.
    public var isEmpty: Bool { alternatives.isEmpty }

    /// Whether a row with these texts is shown.
    public func accepts(_ fields: [String]) -> Bool {
        if isEmpty { return true }
        let hit = fields.contains { field in
            let lowered = field.lowercased()
            return alternatives.contains { lowered.contains($0) }
        }
        return hit != isInverse
    }
}
