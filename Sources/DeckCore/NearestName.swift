/// Finds the known name that somebody meant.
public enum NearestName {
    /// Longer names are nobody's slip of the hand.
    private static let longest = 64

    /// The known name with the fewest slips (letters missing, added, changed or swapped) from `name`, the first of equals;
    /// nil when none is so near that it could be meant.
    public static func of(_ name: String, among known: [String]) -> String? {
        guard name.utf8.count <= longest else { return nil }
        let wanted = plain(name)
        var best: (name: String, slips: Int)?
        for candidate in known {
            let other = plain(candidate)
            let limit = max(1, min(wanted.count, other.count) / 3)
            guard abs(wanted.count - other.count) <= limit else { continue }
            let slips = slips(from: wanted, to: other)
            // A name of which nothing is left is another one.
            let isKept = slips < max(wanted.count, other.count)
            if slips <= limit, isKept, slips < best?.slips ?? .max { best = (candidate, slips) }
        }
        return best?.name
    }

    /// `maxTokens` and `Max-Tokens` are spelt as `max_tokens`.
    private static func plain(_ name: String) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        var followsSmall = false
        for scalar in name.unicodeScalars {
            let isCapital = ("A"..."Z").contains(scalar)
            if isCapital, followsSmall { scalars.append("_") }
            followsSmall = ("a"..."z").contains(scalar)
            scalars += scalar == "-" || scalar == " " ? ["_"] : Array(scalar.properties.lowercaseMapping.unicodeScalars)
        }
        return scalars
    }

    /// Optimal string alignment distance.
    private static func slips(from a: [Unicode.Scalar], to b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var slips = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { slips = min(slips, before[j - 1] + 1) }
                row.append(slips)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
