/// What an order takes away from whoever is served. Whoever gives such an order is asked first, whatever way it was given
/// (invariant 14).
public enum DeckLoss: Hashable, Sendable {
    /// An adapter leaves the pool.
    case residency(adapter: String)
    /// A name is no longer served.
    case name(String)
    /// A name points at other weights from then on.
    case version(adapter: String)
    /// A request ends unfinished.
    case request(RequestID)
    /// New requests are not begun.
    case admission
    /// The pool gets smaller, and what it has no room for leaves. Pages that it has now and would have; nil where that is
    /// not known.
    case pages(now: Int?, then: Int?)
}

extension DeckCommand {
    /// What the order would take away, as the deck stands; nil when nothing. What cannot be told counts as a loss.
    ///
    /// Every command has its line here: one that is added does not compile before it says what it takes.
    public func loss(in snapshot: DeckSnapshot?) -> DeckLoss? { loss(in: snapshot, ofWhole: true) }

    /// `ofWhole` says that the snapshot's pool is the one that the order is for.
    private func loss(in snapshot: DeckSnapshot?, ofWhole: Bool) -> DeckLoss? {
        switch self {
        // A load makes room as any request's would; what leaves comes back when it is asked for.
        case .load, .pin, .unpin, .verify, .forecastResize: return nil
        case .evict(let adapter, _, _): return .residency(adapter: adapter)
        case .unregister(let adapter): return .name(adapter)
        case .rollback(let adapter, _): return .version(adapter: adapter)
        case .register(let name, _, _):
            return snapshot?.adapters.contains { $0.name == name } ?? true ? .version(adapter: name) : nil
        case .abort(let request): return .request(request)
        case .setAdmission(let isOpen): return isOpen ? nil : .admission
        case .resizePool(let bytes):
            guard ofWhole, let snapshot, snapshot.unknown[.pages] == nil, snapshot.pool.pageBytes > 0,
                snapshot.pool.pageCount > 0
            else { return .pages(now: nil, then: nil) }
            let (now, then) = (snapshot.pool.pageCount, max(0, bytes) / snapshot.pool.pageBytes)
            return then < now ? .pages(now: now, then: then) : nil
        case .only(_, let command): return command.loss(in: snapshot, ofWhole: false)
        }
    }
}
