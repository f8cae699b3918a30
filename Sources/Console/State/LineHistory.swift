/// Lines entered before, walked through with the arrow keys.
public struct History: Hashable, Sendable {
    static let capacity = 100
    public private(set) var lines: [String] = []
    /// The entry shown now; nil while the line is a new one.
    private var position: Int?

    public init(_ lines: [String] = []) { self.lines = lines.suffix(Self.capacity) }

    public mutating func add(_ line: String) {
        position = nil
        guard !line.isEmpty, lines.last != line else { return }
        lines = (lines + [line]).suffix(Self.capacity)
    }

    /// The entry before the shown one; nil when there is none.
    public mutating func older() -> String? {
        let next = (position ?? lines.count) - 1
        guard lines.indices.contains(next) else { return nil }
        position = next
        return lines[next]
    }

    /// The entry after the shown one; empty behind the newest, nil when a new line is being typed.
    public mutating func newer() -> String? {
        guard let current = position else { return nil }
        guard lines.indices.contains(current + 1) else {
            position = nil
            return ""
        }
        position = current + 1
        return lines[current + 1]
    }
}
