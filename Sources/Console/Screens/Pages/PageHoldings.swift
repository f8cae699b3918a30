import DeckCore

/// What one owner holds of the pool, its pages counted together.
struct PageHolding: Hashable, Sendable, Identifiable {
    /// The same owner from moment to moment, whatever may happen to its pages. An adapter that is in the pool in two
    /// versions is two owners.
    enum ID: Hashable, Sendable {
        case free
        case adapter(String, copy: Int)
        case sequence(RequestID)
        case prefix(String?, isEvictable: Bool)
    }

    let id: ID
    let owner: PageOwner
    fileprivate(set) var pages = 0
    fileprivate(set) var overheadBytes = 0
    /// The lowest of its pages.
    fileprivate(set) var firstPage: Int?

    /// Bytes that hold nothing, as a share of those that it holds, in 0...1.
    func overheadShare(pageBytes: Int) -> Double {
        pages > 0 && pageBytes > 0 ? Double(overheadBytes) / Double(pages.times(pageBytes)) : 0
    }
}

/// The pool by owner.
struct PageHoldings: Sendable {
    /// In the order in which the deck names them, only those that hold something.
    let all: [PageHolding]
    /// For each index of `PoolSnapshot.owners`, its holding's index in `all`; nil for owners without pages.
    private let places: [Int?]

    init(_ pool: PoolSnapshot) {
        var made: [PageHolding] = []
        var found: [PageHolding.ID: Int] = [:]
        var copies: [String: Int] = [:]
        var indices = [Int](repeating: 0, count: pool.owners.count)
        for (index, owner) in pool.owners.enumerated() {
            let id: PageHolding.ID
            switch owner {
            case .free: id = .free
            case .adapter(let name, _):
                copies[name, default: 0] += 1
                id = .adapter(name, copy: copies[name, default: 1])
            case .sequence(let request, _): id = .sequence(request)
            case .cachedPrefix(let adapter, let isEvictable): id = .prefix(adapter, isEvictable: isEvictable)
            }
            let place = found[id] ?? made.count
            if place == made.count { made.append(PageHolding(id: id, owner: owner)) }
            found[id] = place
            indices[index] = place
            if pool.ownerOverheadBytes.indices.contains(index) {
                made[place].overheadBytes = made[place].overheadBytes.plus(pool.ownerOverheadBytes[index])
            }
        }
        var counts = [Int](repeating: 0, count: pool.owners.count)
        var firsts = [Int](repeating: -1, count: pool.owners.count)
        for (page, owner) in pool.pages.enumerated() where Int(owner) < counts.count {
            if counts[Int(owner)] == 0 { firsts[Int(owner)] = page }
            counts[Int(owner)] += 1
        }
        for (index, place) in indices.enumerated() where counts[index] > 0 {
            made[place].pages += counts[index]
            made[place].firstPage = min(made[place].firstPage ?? .max, firsts[index])
        }
        // An owner without a page has nothing to show.
        var kept: [Int?] = []
        var next = 0
        for holding in made {
            kept.append(holding.pages > 0 ? next : nil)
            if holding.pages > 0 { next += 1 }
        }
        all = made.filter { $0.pages > 0 }
        places = indices.map { kept[$0] }
    }

    /// The holding that a page belongs to; nil for a page that the pool does not have.
    func holding(ofPage index: Int, in pool: PoolSnapshot) -> PageHolding? {
        guard pool.pages.indices.contains(index) else { return nil }
        return holding(ofOwner: Int(pool.pages[index]))
    }

    /// The holding of one of `PoolSnapshot.owners`.
    func holding(ofOwner index: Int) -> PageHolding? {
        places.indices.contains(index) ? places[index].map { all[$0] } : nil
    }

    func holding(_ id: PageHolding.ID) -> PageHolding? { all.first { $0.id == id } }

    /// For each of `PoolSnapshot.owners`, whether its holding is one of `ids`.
    func mask(_ ids: Set<PageHolding.ID>) -> [Bool] {
        places.map { place in place.map { ids.contains(all[$0].id) } ?? false }
    }

    /// The holding's page after `index`, or before it, going round.
    func page(of id: PageHolding.ID, from index: Int, direction: Int, in pool: PoolSnapshot) -> Int? {
        let mask = mask([id])
        let count = pool.pageCount
        guard count > 0 else { return nil }
        var at = index
        for _ in 0..<count {
            at = (at + direction + count) % count
            let owner = Int(pool.pages[at])
            if owner < mask.count, mask[owner] { return at }
        }
        return nil
    }
}

extension PageOwner {
    /// The adapter whose weights, sequence or prefix it is; nil for the base and for free pages.
    var adapter: String? {
        switch self {
        case .free: nil
        case .adapter(let name, _): name
        case .sequence(_, let adapter), .cachedPrefix(let adapter, _): adapter
        }
    }

    /// What actions on its pages are about; nil for free pages.
    var target: Target? { self == .free ? nil : adapter.map(Target.adapter) ?? .base }

    /// As lists name it.
    var label: String {
        switch self {
        case .free: "free"
        case .adapter(let name, _): name
        case .sequence(let id, let adapter): "KV \(id) \(adapter ?? "base")"
        case .cachedPrefix(let adapter, _): "prefix \(adapter ?? "base")"
        }
    }

    /// What may happen to its pages, in a word.
    var phaseWord: String {
        switch self {
        case .free: "free"
        case .adapter(_, .loading): "loading"
        case .adapter(_, .evictable), .cachedPrefix(_, true): "idle"
        case .adapter(_, .protected), .sequence, .cachedPrefix(_, false): "in use"
        case .adapter(_, .pinned): "pinned"
        }
    }
}
