import DeckCore

/// How sequences begin on cached prefixes and leave theirs to others.
extension Scheduler {
    /// The cached pages that a waiting sequence could begin on, which it uses from now on. At least its last token is
    /// always computed: its logits choose the next one.
    func retainPrefix(
        of sequence: ScheduledSequence, key: AdapterKey?, pool: inout PagePool, store: AdapterStore
    ) -> [Int32] {
        guard sequence.takesPrefixes, let identity = prefixIdentity(of: sequence, key: key, store: store) else {
            return []
        }
        return pool.retainPrefix(
            identity, sequence.tokens, tokensPerPage: limits.tokensPerPage,
            limit: (sequence.length - 1) / limits.tokensPerPage)
    }

    /// Under what a sequence's prefixes are cached; nil when no request can ask for them.
    private func prefixIdentity(
        of sequence: ScheduledSequence, key: AdapterKey?, store: AdapterStore
    ) -> PrefixIdentity? {
        guard let audience = sequence.audience, let content = store.prefixContent(key) else { return nil }
        return PrefixIdentity(content: content, audience: audience)
    }

    /// A sequence begins, or resumes, on the pages that it retained.
    mutating func begin(_ sequence: ScheduledSequence, on prefix: [Int32], pool: inout PagePool) {
        let found = prefix.count * limits.tokensPerPage
        // What a preempted sequence finds again is its own: no request asked for it a second time.
        if sequence.takesPrefixes, !sequence.wasPreempted {
            pool.hitPrefix(prefix, tokensPerPage: limits.tokensPerPage, lookedUp: sequence.promptTokens)
            sequences[sequence.id]!.cachedTokens = found
        }
        sequences[sequence.id]!.shared = prefix.count
        sequences[sequence.id]!.computed = found
    }

    /// Gives the pages of a sequence that are full and computed to the cache, in order.
    mutating func publish(_ id: RequestID, pool: inout PagePool, store: AdapterStore) {
        guard let sequence = sequences[id], sequence.audience != nil else { return }
        let size = limits.tokensPerPage
        let full = sequence.computed / size
        guard sequence.shared < full, let identity = prefixIdentity(of: sequence, key: sequence.bound, store: store)
        else { return }
        for index in sequence.shared..<full {
            let page = pool.publish(
                sequences[id]!.pages[index], of: id, below: index > 0 ? sequences[id]!.pages[index - 1] : nil,
                as: identity, tokens: Array(sequence.tokens[index * size..<(index + 1) * size]))
            sequences[id]!.pages[index] = page
        }
        sequences[id]!.shared = full
    }

    /// Gives every page of a sequence up: its own are free, the cache's stay.
    func letGo(_ sequence: ScheduledSequence, pool: inout PagePool) {
        pool.release(Array(sequence.ownPages), of: .sequence(sequence.id))
        pool.releasePrefix(Array(sequence.pages[..<sequence.shared]))
    }

    /// Pages of a running sequence that could serve others if it gave its own up: those that no other sequence uses.
    func pagesOfNobodyElse(_ sequence: ScheduledSequence, pool: PagePool) -> Int {
        // A page has at least the users of those below it, so what others use is the beginning.
        let common = sequence.pages[..<sequence.shared].prefix { pool.prefixes.users(of: $0) > 1 }.count
        return sequence.pages.count - common
    }

    /// What is wrong between block tables and the prefix cache; nil when nothing is (invariants 11 and 15).
    func prefixFault(pool: PagePool) -> String? {
        var users: [Int32: Int] = [:]
        for id in running {
            guard let sequence = sequences[id] else { continue }
            if sequence.computed < sequence.shared * limits.tokensPerPage {
                return "\(id) uses \(sequence.shared) cached pages, \(sequence.computed) tokens are computed"
            }
            for page in sequence.pages[..<sequence.shared] {
                users[page, default: 0] += 1
                let audience = pool.prefixes.root(of: page).flatMap { pool.prefixes.identity(of: $0)?.audience }
                if audience != sequence.audience { return "\(id) uses page \(page), which others computed" }
            }
        }
        return pool.prefixes.integrityFault(users: users)
    }
}
