/// Fewer samples from many: a history that is longer than its graph is wide.
public enum Resampling: Sendable, Hashable {
    case mean, largest, last

    /// At most `count` samples over the whole of `values`, each of the values that fall into its share. Gaps stay gaps
    /// where a share holds nothing else.
    public func reduce(_ values: [Double?], to count: Int) -> [Double?] {
        guard count > 0 else { return [] }
        guard values.count > count else { return values }
        return (0..<count).map { index in
            let known = values[index * values.count / count..<(index + 1) * values.count / count].compactMap(\.self)
            return switch self {
            case .mean: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
            case .largest: known.max()
            case .last: known.last
            }
        }
    }
}
