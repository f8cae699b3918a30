import DeckCore
import Foundation
import TerminalKit

/// Everything about one adapter: facts, figures, proof of effect, and its requests with why they wait.
struct DetailView {
    let state: ConsoleState
    let target: Target
    let area: Rect
    /// Below a table, from its beginning, as far as there is room.
    let isPreview: Bool
    private let format: Format

    init(_ state: ConsoleState, target: Target, area: Rect, isPreview: Bool = false) {
        self.isPreview = isPreview
        self.state = state
        self.target = target
        self.area = area
        self.format = Format(state)
    }

    private var isWide: Bool { area.width >= 100 }
    private var columnWidth: Int { isWide ? (area.width - 7) / 2 : area.width - 4 }

    /// Rows that do not fit below the box.
    var overflow: Int {
        let (left, right) = columns
        return max(0, max(left.count, right.count) - max(0, area.height - 2))
    }

    private var columns: (left: [StyledLine], right: [StyledLine]) {
        guard let adapter = state.adapter(target), state.snapshot != nil else {
            return ([StyledLine("\(target.label) is gone", Style(.warning))], [])
        }
        let left = facts(adapter) + [StyledLine()] + figures(adapter)
        let right = proof(adapter) + [StyledLine()] + requests()
        return isWide ? (left, right) : (left + [StyledLine()] + right, [])
    }

    func draw(on grid: inout CellGrid) {
        var title = StyledLine(target.label, Style(.title, bold: true))
        if let name = target.adapter {
            let entry = state.letters[name]
            title.add(" \(entry.letter)", Style(.series(entry.series), bold: true))
        }
        let isCut = overflow > 0
        let note = isCut ? StyledLine(isPreview ? "Enter shows all" : "Up Down scroll", Style(.muted)) : StyledLine()
        let inside = Box(title, note: note, isFocused: !isPreview).draw(in: area, on: &grid, glyphs: state.glyphs)
            .inset(1, 0)
        let (left, right) = columns
        let top = isPreview ? 0 : max(0, min(state.detailTop, overflow))
        let (first, rest) = inside.splitLeft(columnWidth)
        for (lines, rect) in [(left, first), (right, rest.splitLeft(3).rest)] {
            for (row, line) in lines.dropFirst(top).prefix(rect.height).enumerated() {
                grid.draw(line, in: rect, y: rect.y + row, glyphs: state.glyphs)
            }
        }
        guard !isPreview else { return }
        ScrollWindow(top: top).drawBar(
            count: max(left.count, right.count), height: inside.height, box: area, firstRow: inside.y, on: &grid,
            glyphs: state.glyphs)
    }

    // MARK: sections

    private func heading(_ text: String) -> StyledLine { StyledLine(text, Style(.title, bold: true)) }

    /// A named fact; long ones go on in further lines below their beginning.
    private func fact(_ name: String, _ value: String, _ style: Style = Style()) -> [StyledLine] {
        let label = 15
        return WrappedText(value, width: max(8, columnWidth - label)).lines.enumerated().map { row, text in
            var line = StyledLine((row == 0 ? name : "").fitted(label, glyphs: state.glyphs), Style(.muted))
            line.add(text, style)
            return line
        }
    }

    private func facts(_ adapter: AdapterSnapshot) -> [StyledLine] {
        let unknown = state.glyphs.unknown
        guard target != .base else {
            guard let deck = state.snapshot?.deck else { return [] }
            return [heading("base model")] + fact("name", deck.baseName) + fact("model", deck.summary)
                + fact("digest", deck.baseDigest?.hex ?? "unknown")
                + fact("context", deck.contextLength.map { $0.counted("token") } ?? "unknown")
                + fact("threads", deck.threads.map { "\($0)" } ?? "unknown")
        }
        var lines = [heading("adapter")]
        lines += stateLines(adapter)
        lines += fact("tenant", adapter.tenant ?? unknown)
        lines += fact("digest", adapter.digest?.hex ?? unknown)
        guard let facts = adapter.facts else { return lines + fact("files", "could not be read", Style(.error)) }
        lines += verdict(facts)
        lines += fact("declared base", facts.declaredBase ?? unknown)
        lines += fact("rank", facts.rankLabel) + fact("alpha", Format.short(facts.alpha))
        let scales = facts.scales
        lines += fact(
            "scale",
            scales.lowerBound == scales.upperBound
                ? Format.short(scales.lowerBound)
                : "\(Format.short(scales.lowerBound)) to \(Format.short(scales.upperBound))")
        lines += fact("targets", facts.targets.joined(separator: " "))
        lines += fact("modules", "\(facts.moduleCount)")
        lines += fact("format", "\(facts.format), \(Format.bytes(facts.fileBytes))") + fact("path", facts.path)
        return lines
    }

    private func stateLines(_ adapter: AdapterSnapshot) -> [StyledLine] {
        let pin = adapter.isPinned ? ", pinned" : ""
        return switch adapter.state {
        case .loading(let fraction):
            fact("state", "loading \(Format.hundredths(fraction))%\(pin)", Style(.info))
        case .failed(let reason): fact("state", "failed: \(reason)", Style(.error))
        case .quarantined(let reason): fact("state", "quarantined: \(reason)", Style(.error))
        case .evicting: fact("state", "evicting\(pin)", Style(.warning))
        case .resident: fact("state", "resident\(pin)", Style(.ok))
        case .registered: fact("state", "registered\(pin)")
        }
    }

    /// What cannot be told is a warning, never fine.
    private func verdict(_ facts: AdapterFacts) -> [StyledLine] {
        switch facts.verdict {
        case .verified: fact("base", "verified", Style(.ok))
        case .unverified(let reason): fact("base", "UNVERIFIED: \(reason)", Style(.warning))
        case .overridden(let reason): fact("base", "OVERRIDDEN: \(reason)", Style(.error))
        }
    }

    private func figures(_ adapter: AdapterSnapshot) -> [StyledLine] {
        let unknown = state.glyphs.unknown
        let pageBytes = state.snapshot?.pool.pageBytes ?? 0
        var lines = [heading("figures")]
        if target != .base {
            let needed = adapter.pagesNeeded.map { "\($0)" } ?? unknown
            lines += fact(
                "pages", "\(adapter.pages) of \(needed) needed, \(Format.bytes(adapter.pages.times(pageBytes)))")
            lines += fact("overhead", adapter.pages > 0 ? Format.bytes(adapter.overheadBytes) : unknown)
        }
        lines += fact("KV pages", "\(adapter.kvPages), \(Format.bytes(adapter.kvPages.times(pageBytes)))")
        lines += fact(
            "requests", "\(adapter.running) running, \(adapter.waiting) waiting, \(adapter.requestsFinished) finished")
        lines += fact(
            "tokens", "\(Format.decimal(adapter.tokensPerSecond, 1)) a second, \(adapter.tokensGenerated) generated")
        lines += fact("TTFT", latency(adapter.timeToFirstToken)) + fact("ITL", latency(adapter.interTokenLatency))
        if target != .base {
            lines += fact(
                "residency",
                "\(adapter.hits.counted("hit")), \(adapter.loads.counted("load")), \(adapter.evictions.counted("eviction"))"
            )
            lines += fact("last load", format.duration(adapter.lastLoadSeconds))
        }
        lines += fact("last used", adapter.lastUsed.map { "\(format.clock($0))" } ?? unknown)
        return lines
    }

    private func latency(_ summary: LatencySummary?) -> String {
        guard let summary else { return state.glyphs.unknown }
        return
            "p50 \(Format.duration(summary.p50))  p95 \(Format.duration(summary.p95))  max \(Format.duration(summary.max))  n \(summary.count)"
    }

    private func proof(_ adapter: AdapterSnapshot) -> [StyledLine] {
        guard target != .base else { return [] }
        var lines = [heading("proof of effect")]
        guard let proof = adapter.proof else {
            return lines + [StyledLine("not measured: it was never resident", Style(.muted))]
        }
        lines += fact("modules", "\(proof.modulesMatched)/\(proof.modulesTotal) matched")
        if let probe = proof.probe {
            lines += fact("probe KL", "\(Format.decimal(probe.divergence, 4)) nats", Style(.text, bold: true))
            lines += fact(
                "top token", probe.changesTopToken ? "changed" : "the base's",
                Style(probe.changesTopToken ? .ok : .text))
        } else {
            // It waits for a quiet moment of the batch.
            lines += fact("probe", "pending")
        }
        lines.append(StyledLine("largest norms of scale*B*A", Style(.muted)))
        let largest = proof.largestNorm
        let barWidth = max(6, min(24, columnWidth / 4))
        for entry in proof.norms.sorted(by: { $0.norm > $1.norm }).prefix(8) {
            let share = largest > 0 && entry.norm.isFinite ? entry.norm / largest : 0
            let cells = max(0, min(barWidth, Int(bounding: (share * Double(barWidth)).rounded())))
            var line = StyledLine("  ")
            line.add(entry.module.fitted(max(10, columnWidth - barWidth - 12), glyphs: state.glyphs))
            line.add(" " + Format.short(entry.norm).fitted(7, .right, glyphs: state.glyphs) + " ")
            line.add(String(repeating: state.glyphs.solid, count: cells), Style(.accent))
            lines.append(line)
        }
        return lines
    }

    private func requests() -> [StyledLine] {
        let own = (state.snapshot?.requests ?? []).filter { $0.adapter == target.adapter && $0.phase.isLive }
        guard !own.isEmpty else { return [heading("requests"), StyledLine("none running or waiting", Style(.muted))] }
        return [heading("requests")]
            + own.map { request in
                var line = StyledLine("  \(request.id)".fitted(9, glyphs: state.glyphs), Style(.key))
                line.add(request.origin.fitted(14, glyphs: state.glyphs) + " ", Style(.muted))
                line.add(request.phase.words, Style(request.phase.isWaiting ? .warning : .text))
                if request.generatedTokens > 0 {
                    line.add(", \(request.generatedTokens.counted("token"))", Style(.muted))
                }
                return line
            }
    }
}

extension RequestPhase {
    /// In plain words, with the reason of a wait.
    var words: String {
        switch self {
        case .waiting(let reason): "waiting: \(reason.sentence)"
        case .prefill(let done, let total): "prefill \(done)/\(total)"
        case .decode: "decoding"
        case .finished(let reason): "finished: \(reason.rawValue)"
        case .failed(let reason): "failed: \(reason)"
        }
    }

    var isWaiting: Bool {
        if case .waiting = self { true } else { false }
    }
}
