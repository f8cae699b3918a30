import DeckCore
import Inference

/// The pool's size while the engine runs.
extension StepLoop {
    /// Grows the pool up to its address space, or shrinks it by evicting what is idle; the memory of lost pages goes back
    /// to the system. No page moves: the pool only never holds more pages at once than it has.
    func resizePool(_ bytes: Int, _ pending: PendingCommand) {
        let pageBytes = parts.memory.pages.pageBytes
        let wanted = max(0, bytes) / pageBytes
        if let reason = resizeRefusal(to: wanted, bytes: bytes) { return refuse(pending, reason, subject: nil) }
        let before = pool.pageCount
        let leaving = Self.shrink(to: wanted, &store, &pool)
        for adapter in leaving.adapters {
            evicted(adapter, for: pending.actor, reason: "to resize the pool to \(wanted.counted("page"))")
        }
        pool.resize(to: wanted)
        store.servingReserve = parts.servingReserve(of: wanted)
        parts.memory.giveBack(pool.retiredPages)
        var message = "resized the pool from \(before) to \(wanted.counted("page")), \(wanted * pageBytes) bytes"
        if let who = leaving.words { message += "; left: \(who)" }
        conclude(pending, .done(message), kind: .resize, subject: nil)
    }

    /// Who would leave: the same eviction on copies of the store and the pool, which nobody else sees.
    func forecastResize(_ bytes: Int, _ pending: PendingCommand) {
        let wanted = max(0, bytes) / parts.memory.pages.pageBytes
        if let reason = resizeRefusal(to: wanted, bytes: bytes) { return pending.reply(.refused(reason)) }
        var (store, pool) = (store, pool)
        let leaving = Self.shrink(to: wanted, &store, &pool)
        let running = scheduler.running.count
        var facts = [leaving.words.map { "\($0) leave" } ?? "nobody leaves"]
        if running > 0 { facts.append("\(running.counted("running sequence")) \(running.form("stays", many: "stay"))") }
        let pinned = store.pinnedPages()
        let outside = store.names.compactMap { name -> AdapterStore.Share? in
            guard let needed = store.currentRecord(name)?.pagesNeeded else { return nil }
            // As a load of it would be refused: it must leave one page for a sequence.
            let least = needed + 1 + pinned.reduce(0) { $0 + ($1.name == name ? 0 : $1.pages) }
            return least > wanted && least <= self.pool.pageCount ? AdapterStore.Share(name: name, pages: needed) : nil
        }
        if !outside.isEmpty { facts.append("no longer fit at all: \(AdapterStore.list(outside))") }
        pending.reply(.done("\(self.pool.pageCount) -> \(wanted.counted("page")): \(facts.joined(separator: "; "))"))
    }

    /// What left so that a pool could be smaller.
    private struct Leaving {
        let adapters: [AdapterStore.Evicted]
        let prefixPages: Int

        /// "ticket-json 14, haiku-hotel 7, 5 prefix pages"; nil when nothing did.
        var words: String? {
            var parts =
                adapters.isEmpty
                ? [] : [AdapterStore.list(adapters.map { AdapterStore.Share(name: $0.name, pages: $0.pages) })]
            if prefixPages > 0 { parts.append(prefixPages.counted("prefix page")) }
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        }
    }

    private static func shrink(to wanted: Int, _ store: inout AdapterStore, _ pool: inout PagePool) -> Leaving {
        let cached = pool.prefixes.pageCount
        let adapters = store.makeRoom(max(0, pool.pageCount - wanted), protecting: [], pool: &pool) ?? []
        return Leaving(adapters: adapters, prefixPages: cached - pool.prefixes.pageCount)
    }

    /// The arithmetic when the pool cannot have `wanted` pages; nil when it can (invariant 8).
    private func resizeRefusal(to wanted: Int, bytes: Int) -> String? {
        let pageBytes = parts.memory.pages.pageBytes
        let what = "a pool of \(bytes.counted("byte")) has \(wanted.counted("page")) of \(pageBytes.counted("byte"))"
        let least = parts.leastPages
        guard wanted >= least else {
            return "\(what); one sequence of \(least * parts.options.tokensPerPage) tokens needs \(least)"
        }
        let mapped = parts.memory.pages.pageCount
        guard wanted <= mapped else {
            return "\(what), its address space \(mapped), which is \(mapped * pageBytes) bytes"
        }
        let pins = store.pinnedPages()
        let pinned = pins.reduce(0) { $0 + $1.pages }
        let reserve = parts.servingReserve(of: wanted)
        guard pinned == 0 || pinned + reserve <= wanted || wanted >= pool.pageCount else {
            return
                "\(what), \(pinned) are pinned (\(AdapterStore.list(pins))) and serving one sequence needs \(reserve)"
        }
        let evictable = store.evictablePages(pool: pool)
        let kept = pool.usedCount - evictable
        guard kept <= wanted else {
            let adapters = store.active.compactMap { store[$0] }.filter { !store.isEvictable($0) && !$0.pages.isEmpty }
                .sorted { $0.name < $1.name }.map { AdapterStore.Share(name: $0.name, pages: $0.pages.count) }
            let weights = adapters.reduce(0) { $0 + $1.pages }
            let shares =
                (adapters.isEmpty ? [] : ["adapter \(AdapterStore.list(adapters))"])
                + (kept > weights ? ["KV cache of running sequences \(kept - weights)"] : [])
            return
                "\(what); \(pool.usedCount.counted("page")) \(pool.usedCount.form("is", many: "are")) used, \(evictable) evictable, \(kept) in use or pinned "
                + "(\(shares.joined(separator: "; ")))"
        }
        return nil
    }
}
