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
        let cached = pool.prefixes.pageCount
        let leaving = store.makeRoom(max(0, before - wanted), protecting: [], pool: &pool) ?? []
        for adapter in leaving {
            evicted(adapter, for: pending.actor, reason: "to resize the pool to \(wanted.counted("page"))")
        }
        let dropped = cached - pool.prefixes.pageCount
        pool.resize(to: wanted)
        store.servingReserve = parts.servingReserve(of: wanted)
        parts.memory.giveBack(pool.retiredPages)
        var message = "resized the pool from \(before) to \(wanted.counted("page")), \(wanted * pageBytes) bytes"
        if !leaving.isEmpty || dropped > 0 {
            message += "; \(leaving.count.counted("adapter")) and \(dropped.counted("cached prefix page")) left"
        }
        conclude(pending, .done(message), kind: .resize, subject: nil)
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
