import DeckCore
import Inference

/// The pool as screens see it: every page with its owner.
extension StepLoop {
    /// The pages of one owner on screens.
    private struct Lot: Hashable {
        let holder: PageHolder
        /// Of a cached prefix: nobody uses it.
        let isIdle: Bool
    }

    func poolSnapshot() -> PoolSnapshot {
        var owners: [PageOwner] = [.free]
        var overhead = [0]
        var indices: [Lot: UInt16] = [:]
        var pages: [UInt16] = []
        pages.reserveCapacity(pool.pageCount)
        let retired = Set(pool.retiredPages)
        // Neighbours mostly have one holder.
        var last: (lot: Lot, index: UInt16)?
        for (page, holder) in pool.holders.enumerated() {
            guard let holder else {
                if !retired.contains(Int32(page)) { pages.append(0) }
                continue
            }
            let lot = lot(of: Int32(page), holder)
            if let last, last.lot == lot {
                pages.append(last.index)
                continue
            }
            // 65,535 owners at most: sequences are bounded by the batch, adapters and prefixes by their pages.
            guard let index = indices[lot] ?? (owners.count < Int(UInt16.max) ? UInt16(owners.count) : nil) else {
                pages.append(0)
                continue
            }
            if indices[lot] == nil {
                owners.append(owner(lot))
                overhead.append(overheadBytes(holder))
                indices[lot] = index
            }
            pages.append(index)
            last = (lot, index)
        }
        let cached = pool.prefixes.pageCount
        let adapterPages = store.active.reduce(0) { $0 + (store[$1]?.pages.count ?? 0) }
        return PoolSnapshot(
            pageBytes: parts.memory.pages.pageBytes, tokensPerPage: parts.options.tokensPerPage, owners: owners,
            pages: pages, freePages: pool.freeCount, kvPages: pool.usedCount - adapterPages - cached,
            adapterPages: adapterPages, evictablePages: store.evictablePages(pool: pool), ownerOverheadBytes: overhead,
            prefixes: PrefixSnapshot(
                pages: cached, evictablePages: pool.prefixes.idleCount,
                tokensLookedUp: pool.prefixCounters.tokensLookedUp, tokensHit: pool.prefixCounters.tokensHit,
                pagesEvicted: pool.prefixCounters.pagesEvicted),
            spills: scheduler.spills.snapshot)
    }

    private func lot(of page: Int32, _ holder: PageHolder) -> Lot {
        guard case .prefix = holder else { return Lot(holder: holder, isIdle: false) }
        return Lot(holder: holder, isIdle: pool.prefixes.isIdle(page))
    }

    private func owner(_ lot: Lot) -> PageOwner {
        switch lot.holder {
        case .sequence(let id): return .sequence(id, adapter: scheduler[id]?.adapter)
        case .adapter(let key):
            guard let record = store[key] else { return .free }
            let phase: PageOwner.AdapterPhase =
                record.isLoading
                ? .loading
                : store.isPinned(record) ? .pinned : store.isEvictable(record) ? .evictable : .protected
            return .adapter(name: record.name, phase: phase)
        case .prefix(let root):
            guard case .adapter(let digest) = pool.prefixes.identity(of: root)?.content else {
                return .cachedPrefix(adapter: nil, isEvictable: lot.isIdle)
            }
            // Of a superseded version only sequences in flight still know the name.
            let name =
                store.servedName(digest)
                ?? scheduler.running.lazy.compactMap { self.scheduler[$0]?.bound }.compactMap { self.store[$0] }
                .first { $0.version.digest == digest }?.name
            return .cachedPrefix(adapter: name ?? digest.short, isEvictable: lot.isIdle)
        }
    }

    /// Bytes of an owner's pages that hold nothing: an adapter's tail, the empty slots of a sequence's last page.
    private func overheadBytes(_ holder: PageHolder) -> Int {
        switch holder {
        case .adapter(let key): return store[key]?.packed?.layout.overheadBytes ?? 0
        case .sequence(let id):
            guard let sequence = scheduler[id] else { return 0 }
            let slotBytes = parts.memory.pages.pageBytes / parts.options.tokensPerPage
            return (sequence.pages.count * parts.options.tokensPerPage - sequence.computed) * slotBytes
        case .prefix: return 0
        }
    }
}
