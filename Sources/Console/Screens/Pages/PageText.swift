import DeckCore
import Foundation
import TerminalKit

/// A page and its owner in words.
struct PageText {
    let state: ConsoleState
    let index: Int

    init(_ state: ConsoleState, _ index: Int) {
        self.state = state
        self.index = index
    }

    /// The lines of the panel beside the map, the most important first.
    func brief(width: Int, holdings: PageHoldings) -> [StyledLine] {
        guard let pool = state.snapshot?.pool, let holding = holdings.holding(ofPage: index, in: pool) else {
            return [missing]
        }
        return WrappedText(equation(holding, pool), width: width).lines.map { StyledLine($0, Style(.text, bold: true)) }
            + wrapped(bytes(holding, pool), width, Style(.muted)) + wrapped(fate(holding.owner), width, Style())
    }

    /// Everything about the page.
    func lines(width: Int) -> [StyledLine] {
        guard let snapshot = state.snapshot else { return [] }
        if let reason = snapshot.unknown[.pages] {
            return [StyledLine("pages unknown: \(reason)", Style(.muted))]
        }
        let pool = snapshot.pool
        let holdings = PageHoldings(pool)
        guard let holding = holdings.holding(ofPage: index, in: pool) else { return [missing] }
        func fact(_ name: String, _ value: String, _ style: Style = Style()) -> [StyledLine] {
            LinesPage.fact(name, value, width: width, style, glyphs: state.glyphs)
        }
        var lines = [LinesPage.heading("page")]
        lines += fact("index", "\(index) of \(pool.pageCount)")
        lines += fact("size", "\(Format.bytes(pool.pageBytes)), or \(pool.tokensPerPage) KV tokens over all layers")
        lines += fact("owner", holding.owner.label, Style(.text, bold: true))
        lines += fact("content", content(holding.owner))
        lines += fact("state", holding.owner.phaseWord)
        lines += fact("may happen", fate(holding.owner))
        lines += [StyledLine(), LinesPage.heading("its owner")]
        lines += fact("holds", equation(holding, pool), Style(.text, bold: true))
        if holding.owner != .free {
            let used = pool.bytes(of: holding.pages).minus(holding.overheadBytes)
            lines += fact("used", Format.bytes(used))
            lines += fact("overhead", overhead(holding, pool))
        }
        lines += fact("of the pool", Format.percent(holding.pages, of: pool.pageCount))
        lines += fact("pages", ranges(holding, holdings, pool))
        return lines + about(holding.owner, snapshot, fact)
    }

    private var missing: StyledLine { StyledLine("the pool has no page \(index)", Style(.warning)) }

    private func wrapped(_ text: String, _ width: Int, _ style: Style) -> [StyledLine] {
        WrappedText(text, width: width).lines.map { StyledLine($0, style) }
    }

    /// "adapter x = 41 pages = 656 KV tokens"
    private func equation(_ holding: PageHolding, _ pool: PoolSnapshot) -> String {
        let what =
            switch holding.owner {
            case .free: "free"
            case .adapter(let name, _): "adapter \(name)"
            case .sequence(let id, let adapter): "KV of \(id) on \(adapter ?? "base")"
            case .cachedPrefix(let adapter, _): "prefixes of \(adapter ?? "base")"
            }
        return
            "\(what) = \(holding.pages.counted("page")) = \(holding.pages.times(pool.tokensPerPage).counted("KV token"))"
    }

    private func bytes(_ holding: PageHolding, _ pool: PoolSnapshot) -> String {
        let total = Format.bytes(pool.bytes(of: holding.pages))
        return holding.owner == .free ? total : "\(total), overhead \(overhead(holding, pool))"
    }

    private func overhead(_ holding: PageHolding, _ pool: PoolSnapshot) -> String {
        let share = holding.overheadShare(pageBytes: pool.pageBytes)
        return "\(Format.bytes(holding.overheadBytes)), \(Format.decimal(share * 100, 1))% holds nothing"
    }

    private func content(_ owner: PageOwner) -> String {
        switch owner {
        case .free: "nothing"
        case .adapter: "weights of an adapter"
        case .sequence: "KV cache that one sequence holds alone"
        case .cachedPrefix: "KV cache that requests with the same beginning share"
        }
    }

    /// What could happen to it.
    private func fate(_ owner: PageOwner) -> String {
        switch owner {
        case .free: return "goes to the next adapter or sequence that needs a page"
        case .adapter(let name, .loading):
            let adapter = state.adapter(.adapter(name))
            if case .loading(let fraction)? = adapter?.state {
                return "being filled, \(Format.hundredths(fraction))%: stays until the load ends"
            }
            return "being filled: stays until the load ends"
        case .adapter(let name, .evictable):
            let again = state.adapter(.adapter(name))?.lastLoadSeconds.map {
                "; loading it again took \(Format.duration($0)) last time"
            }
            return "idle: evicted when something else needs its pages" + (again ?? "")
        case .adapter(let name, .protected):
            let running = state.adapter(.adapter(name))?.running ?? 0
            if case .evicting? = state.adapter(.adapter(name))?.state {
                return "draining: freed when \(sequences(running)) of it ended"
            }
            // The map may be a second older than the count.
            guard running > 0 else { return "in use: not evicted before its sequences end" }
            return "in use by \(sequences(running)): not evicted before that ends"
        case .adapter(_, .pinned): return "pinned: stays until it is unpinned (p)"
        case .sequence(let id, _):
            let request = state.snapshot?.requests.first { $0.id == id }
            return "freed when \(id) ends or is preempted" + (request.map { " (\($0.phase.words))" } ?? "")
        case .cachedPrefix(_, true): return "idle: a request with the same beginning takes it up, or it is evicted"
        case .cachedPrefix(_, false): return "in use by running sequences: not evicted before they end"
        }
    }

    private func sequences(_ count: Int) -> String { count.counted("running sequence") }

    /// The owner's pages as ranges, such as `12-40 44 50-52`.
    private func ranges(_ holding: PageHolding, _ holdings: PageHoldings, _ pool: PoolSnapshot) -> String {
        let mask = holdings.mask([holding.id])
        var parts: [String] = []
        var start: Int?
        for page in 0...pool.pageCount {
            let isOwn =
                page < pool.pageCount && Int(pool.pages[page]) < mask.count && mask[Int(pool.pages[page])]
            if isOwn {
                start = start ?? page
            } else if let first = start {
                parts.append(first == page - 1 ? "\(first)" : "\(first)-\(page - 1)")
                start = nil
                if parts.count == 40 {
                    parts.append("\(state.glyphs.ellipsis)")
                    break
                }
            }
        }
        return parts.joined(separator: " ")
    }

    private func about(
        _ owner: PageOwner, _ snapshot: DeckSnapshot, _ fact: (String, String, Style) -> [StyledLine]
    ) -> [StyledLine] {
        var lines: [StyledLine] = []
        if case .sequence(let id, _) = owner, let request = snapshot.requests.first(where: { $0.id == id }) {
            lines += [StyledLine(), LinesPage.heading("its request")]
            lines += fact("from", request.origin, Style())
            lines += fact("phase", request.phase.words, Style())
            lines += fact("tokens", "\(request.promptTokens) of prompt, \(request.generatedTokens) generated", Style())
        }
        guard let name = owner.adapter, let adapter = state.adapter(.adapter(name)) else { return lines }
        lines += [StyledLine(), LinesPage.heading("its adapter")]
        lines += fact("state", adapter.state.word + (adapter.isPinned ? ", pinned" : ""), Style())
        lines += fact("tenant", adapter.tenant ?? state.glyphs.unknown, Style())
        if let facts = adapter.facts {
            lines += fact("rank", facts.rankLabel, Style())
            lines += fact(
                "size",
                "\(Format.bytes(facts.fileBytes)) as files, \(Format.bytes(snapshot.pool.bytes(of: adapter.pages))) in pages",
                Style())
        }
        lines += fact("requests", "\(adapter.running) running, \(adapter.waiting) waiting", Style())
        lines += fact("KV cache", adapter.kvPages.counted("page"), Style())
        return lines
    }
}
