import DeckCore
import Synchronization

/// Sends synthetic traffic to a deck, each request at its moment.
struct TrafficDriver: Sendable {
    /// Requests under way at most; a customer who finds so many before him leaves.
    static let largestBacklog = 64
    /// A driver that is further behind than this was stopped with its process, and goes on from now.
    private static let largestDelay = Duration.seconds(2)

    let deck: any Deck

    /// Runs until its task is cancelled; then drops the requests under way, which aborts them.
    func run(_ traffic: TenantTraffic) async {
        var traffic = traffic
        let clock = ContinuousClock()
        let backlog = Backlog()
        var start = clock.now
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let arrival = traffic.next()
                var moment = start + .seconds(arrival.time)
                let delay = clock.now - moment
                if delay > Self.largestDelay {
                    start += delay
                    moment += delay
                }
                guard (try? await clock.sleep(until: moment)) != nil else { break }
                guard backlog.enter(limit: Self.largestBacklog) else { continue }
                for stream in deck.submit([arrival.request]) {
                    group.addTask {
                        for await _ in stream {}
                        backlog.leave()
                    }
                }
            }
            group.cancelAll()
        }
    }

    private final class Backlog: Sendable {
        private let count = Mutex(0)

        /// False when the limit is reached.
        func enter(limit: Int) -> Bool {
            count.withLock { count in
                guard count < limit else { return false }
                count += 1
                return true
            }
        }

        func leave() { count.withLock { $0 -= 1 } }
    }
}
