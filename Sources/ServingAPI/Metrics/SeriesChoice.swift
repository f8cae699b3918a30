import Synchronization

/// Which adapters have series of their own. The busiest do; one gives its place up only to one that has done twice as much,
/// so that the sum of the others does not jump at every scrape.
final class SeriesChoice: Sendable {
    /// The label of the sum of all others. An adapter of that name is in it.
    static let other = "other"

    private let limit: Int
    private let chosen = Mutex<Set<String>>([])

    init(limit: Int) { self.limit = limit }

    /// `work` of every adapter by name, such as its tokens.
    func choose(_ work: [String: Int]) -> Set<String> {
        chosen.withLock { chosen in
            chosen = chosen.filter { work[$0] != nil }
            let order = work.keys.filter { $0 != Self.other }.sorted { (work[$1]!, $0) < (work[$0]!, $1) }
            for name in order where !chosen.contains(name) {
                if chosen.count < limit {
                    chosen.insert(name)
                } else if let least = chosen.min(by: { (work[$0]!, $0) < (work[$1]!, $1) }),
                    work[name]! > 2 * work[least]!
                {
                    chosen.remove(least)
                    chosen.insert(name)
                }
            }
            return chosen
        }
    }
}
