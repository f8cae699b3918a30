/// What a row, a mark or a prompt column is about: the base alone, or an adapter by its name.
public enum Target: Hashable, Sendable, Comparable {
    case base
    case adapter(String)

    /// The adapter's name; nil for the base.
    public var adapter: String? {
        switch self {
        case .base: nil
        case .adapter(let name): name
        }
    }

    /// As screens show it.
    public var label: String { adapter ?? "base" }

    /// The base first, then by name.
    public static func < (left: Target, right: Target) -> Bool {
        switch (left, right) {
        case (.base, .base), (.adapter, .base): false
        case (.base, .adapter): true
        case (.adapter(let first), .adapter(let second)): first < second
        }
    }
}
