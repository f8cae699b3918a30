import DeckCore

/// What the prefix cache has given since the engine started.
struct PrefixCounters: Hashable, Sendable {
    /// Prompt tokens of requests that looked for them.
    var tokensLookedUp = 0
    /// Those of them that were found, and not computed again.
    var tokensHit = 0
    /// Pages that left to make room.
    var pagesEvicted = 0
}

/// Cached prefixes: pages that the pool itself keeps, because what was computed once may be asked for again.
extension PagePool {
    /// Takes the cached beginning of `tokens`, at most `limit` pages, for one more sequence.
    mutating func retainPrefix(
        _ identity: PrefixIdentity, _ tokens: [Int32], tokensPerPage: Int, limit: Int
    ) -> [Int32] {
        let pages = prefixes.match(identity, tokens, tokensPerPage: tokensPerPage, limit: limit)
        prefixes.retain(pages)
        return pages
    }

    /// A request begins on the pages that it retained, out of `lookedUp` prompt tokens.
    mutating func hitPrefix(_ pages: [Int32], tokensPerPage: Int, lookedUp: Int) {
        prefixes.hit(pages, tokensPerPage: tokensPerPage, policy: &policy)
        prefixCounters.tokensLookedUp += lookedUp
        prefixCounters.tokensHit += pages.count * tokensPerPage
    }

    /// Lets go of pages of the cache.
    mutating func releasePrefix(_ pages: [Int32]) { giveBack(prefixes.release(pages)) }

    /// A page of sequence `id` is full and computed: it enters the cache below `parent`, nil being the beginning. Returns
    /// the page that the sequence uses from now on: where the same content was cached already that one, and the
    /// sequence's own page is free.
    mutating func publish(
        _ page: Int32, of id: RequestID, below parent: Int32?, as identity: PrefixIdentity, tokens: [Int32]
    ) -> Int32 {
        if let known = prefixes.insert(page, below: parent, of: identity, tokens: tokens, policy: &policy) {
            prefixes.retain([known])
            release([page], of: .sequence(id))
            return known
        }
        guard let root = prefixes.root(of: page) else { preconditionFailure("page \(page) was not kept") }
        move(page, from: .sequence(id), to: .prefix(root))
        return page
    }

    /// Evicts the cached page that is worth least.
    mutating func evictPrefixPage() {
        guard let (page, rank) = prefixes.firstLeaf else { return }
        let root = prefixes.root(of: page)
        prefixes.remove(page)
        if let root { release([page], of: .prefix(root)) }
        policy.evicted(rank)
        prefixCounters.pagesEvicted += 1
    }

    /// No name points at this content any more: its pages leave when nobody uses them.
    mutating func retirePrefixes(_ content: PrefixIdentity.Content) { giveBack(prefixes.retire(content)) }

    /// A name points at this content again.
    mutating func revivePrefixes(_ content: PrefixIdentity.Content) { prefixes.revive(content) }

    private mutating func giveBack(_ pages: [Int32]) {
        for page in pages {
            guard let holder = holders[Int(page)] else { continue }
            release([page], of: holder)
        }
    }
}
