import DeckCore
import Foundation
import Synchronization

/// A journal for decks that leave nothing behind, such as `generate`'s: it numbers events and forgets them.
public final class VolatileJournal: DeckJournal {
    private let count = Atomic<Int64>(0)

    public init() {}

    public func record(
        time: Date, kind: DeckEvent.Kind, level: DeckEvent.Level, actor: String, subject: String?,
        message: String,
        command: String?
    ) throws -> Int64 { count.wrappingAdd(1, ordering: .relaxed).newValue }

    public func save(_ version: AdapterVersion, standing: [FileState]) throws {}

    public func setPinned(_ pinned: Bool, adapter: String) throws {}

    public func remove(adapter: String, standing: [FileState]) throws {}
}
