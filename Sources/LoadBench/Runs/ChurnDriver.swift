import DeckCore
import Synchronization

/// Loads one adapter and evicts another every so often, as operators do who publish all day.
struct ChurnDriver: Sendable {
    let deck: any Deck
    /// Adapters that churn, by number.
    let adapters: Range<Int>
    let milliseconds: Double

    /// Turns until its task is cancelled; returns the loads that were done and those that were refused.
    func run() async -> (done: Int, refused: Int) {
        var done = 0
        var refused = 0
        var turn = 0
        while !Task.isCancelled, !adapters.isEmpty {
            let began = LoadClock.now
            let next = BenchAdapters.name(adapters.lowerBound + turn % adapters.count)
            let previous = BenchAdapters.name(adapters.lowerBound + (turn + adapters.count - 1) % adapters.count)
            if await deck.perform(.load(adapter: next), by: "bench").succeeded { done += 1 } else { refused += 1 }
            _ = await deck.perform(.evict(adapter: previous, digest: nil, mode: .drain), by: "bench")
            turn += 1
            try? await Task.sleep(for: .seconds(max(0, began + milliseconds / 1000 - LoadClock.now)))
        }
        return (done, refused)
    }
}
