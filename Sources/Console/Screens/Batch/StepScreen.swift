import DeckCore
import TerminalKit

/// One step in full: its segments, and where its time went beside the steps around it.
struct StepScreen: LinesScreen {
    let index: Int

    func page(_ state: ConsoleState, width: Int) -> LinesPage {
        let title = LinesPage.heading("step \(index)")
        let recent = state.snapshot?.recentSteps ?? []
        let kept = state.batch.opened.flatMap { $0.index == index ? $0 : nil }
        guard let step = recent.first(where: { $0.index == index }) ?? kept else {
            let text = "step \(index) is no longer among the recent ones"
            return LinesPage(title: title, lines: [StyledLine(text, Style(.warning))])
        }
        let lines = facts(step, recent, state, width) + parts(step, recent, state, width) + segments(step, state)
        return LinesPage(title: title, lines: lines)
    }

    private func facts(
        _ step: StepSnapshot, _ recent: [StepSnapshot], _ state: ConsoleState, _ width: Int
    ) -> [StyledLine] {
        func fact(_ name: String, _ value: String) -> [StyledLine] {
            LinesPage.fact(name, value, width: width, glyphs: state.glyphs)
        }
        let rate = step.rowsPerSecond.map { ", \(Format.decimal($0, 0)) rows a second" } ?? ""
        var lines = [LinesPage.heading("step")]
        lines += fact("time", Format.duration(step.seconds) + rate)
        lines += fact("rows", "\(step.rows): \(step.prefillRows) prefill, \(step.decodeRows) decode")
        let adapters = step.segments.count { $0.adapter != nil }
        let ranks = step.segments.filter { $0.adapter != nil }.map(\.rank)
        let spread = ranks.isEmpty ? "" : ", ranks \(ranks.min() ?? 0) to \(ranks.max() ?? 0)"
        let base = step.segments.contains { $0.adapter == nil } ? " and the base" : ""
        lines += fact("adapters", "\(adapters)\(base)\(spread)")
        if recent.count > 1 {
            let middle = recent.map(\.seconds).sorted()[recent.count / 2]
            let ratio = middle > 0 ? ", \(Format.decimal(step.seconds / middle, 2)) times the median" : ""
            lines += fact("recent \(recent.count)", "median \(Format.duration(middle))\(ratio)")
        }
        return lines
    }

    private func parts(
        _ step: StepSnapshot, _ recent: [StepSnapshot], _ state: ConsoleState, _ width: Int
    ) -> [StyledLine] {
        var lines = [StyledLine(), LinesPage.heading("where the time went")]
        guard let parts = step.parts else {
            let reason = state.snapshot?.unknown[.steps]
            return lines + [StyledLine("unknown" + (reason.map { ": \($0)" } ?? ""), Style(.muted))]
        }
        let known = recent.compactMap { other in other.parts.map { ($0.amounts, other.seconds) } }
        let total = max(step.seconds, .leastNormalMagnitude)
        let bar = max(4, min(40, width - 46))
        for (part, (name, amount)) in zip(StepParts.names, parts.amounts).enumerated() {
            let share = max(0, min(1, amount / total))
            var line = StyledLine("  \(name.name)".fitted(13, glyphs: state.glyphs), Style(.muted))
            line.add(Format.duration(amount).fitted(8, .right, glyphs: state.glyphs), Style(.text, bold: true))
            line.add("\(Format.decimal(share * 100, 1))%".fitted(7, .right, glyphs: state.glyphs))
            let sum = known.reduce(0) { $0 + $1.1 }
            if sum > 0 {
                let usual = known.reduce(0) { $0 + $1.0[part] } / sum
                line.add("  usually \(Format.decimal(usual * 100, 1))%".fitted(16, glyphs: state.glyphs), Style(.muted))
            }
            line.add(
                "  " + String(repeating: name.glyph(state.glyphs), count: max(0, Int(bounding: share * Double(bar)))),
                Style(.series(part)))
            lines.append(line)
        }
        return lines
    }

    private func segments(_ step: StepSnapshot, _ state: ConsoleState) -> [StyledLine] {
        [StyledLine(), LinesPage.heading("segments")]
            + step.segments.map { segment in
                let entry = segment.adapter.map { state.letters[$0] }
                var line = StyledLine(
                    "  \(entry?.letter ?? LetterBook.base) ",
                    Style(entry.map { .series($0.series) } ?? .pageKV, bold: true))
                line.add((segment.adapter ?? "base").fitted(28, glyphs: state.glyphs) + " ")
                line.add("\(segment.prefillRows)".fitted(5, .right, glyphs: state.glyphs), Style(.info))
                line.add(" prefill", Style(.muted))
                line.add("\(segment.decodeRows)".fitted(5, .right, glyphs: state.glyphs))
                line.add(" decode", Style(.muted))
                if segment.adapter != nil { line.add("  rank \(segment.rank)", Style(.muted)) }
                return line
            }
    }
}
