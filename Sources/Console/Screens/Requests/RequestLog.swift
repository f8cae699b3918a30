import DeckCore
import Foundation

/// The requests that have ended, beyond the few that one snapshot carries: bounded, oldest first.
public struct RequestLog: Sendable {
    /// Some 1.5 MiB when full.
    static let capacity = 4_000
    /// So many more are let in before the oldest leave together.
    private static let slack = 400

    /// In the order in which they ended.
    public private(set) var ended: [RequestSnapshot] = []
    private var known: Set<RequestID> = []

    public init() {}

    /// Takes those in that are new.
    public mutating func take(_ snapshot: DeckSnapshot) {
        guard snapshot.unknown[.requests] == nil else { return }
        var added: [RequestSnapshot] = []
        for request in snapshot.requests where !request.phase.isLive && known.insert(request.id).inserted {
            added.append(request)
        }
        guard !added.isEmpty else { return }
        // A deck lists them in the order of their ends; one of several engines may not.
        let tail = max(0, ended.count - Self.slack)
        ended += added
        let isSorted = zip(ended[tail...], ended[tail...].dropFirst()).allSatisfy { $0.ended <= $1.ended }
        if !isSorted { ended[tail...].sort { $0.ended < $1.ended } }
        guard ended.count > Self.capacity + Self.slack else { return }
        let gone = ended.count - Self.capacity
        for request in ended[..<gone] { known.remove(request.id) }
        ended.removeFirst(gone)
    }

    /// Those that ended in the `span` seconds up to a moment, newest last.
    public func ended(within span: Double, until end: Date) -> ArraySlice<RequestSnapshot> {
        let last = place(count: ended.count) { $0.ended > end }
        return ended[place(count: last) { $0.ended > end.addingTimeInterval(-span) }..<last]
    }

    /// One of those that are kept.
    public subscript(id: RequestID) -> RequestSnapshot? {
        known.contains(id) ? ended.last { $0.id == id } : nil
    }

    /// The first of `count` places at which a condition holds that holds for all after it.
    private func place(count: Int, where condition: (RequestSnapshot) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(ended[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension RequestSnapshot {
    /// When it ended; when it was submitted, where that was not stamped.
    var ended: Date { submitted.addingTimeInterval(timeline.finished ?? 0) }
}
