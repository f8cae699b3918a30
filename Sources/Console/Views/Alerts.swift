import DeckCore
import TerminalKit

/// What an operator must not miss on any screen, most urgent first. The header has a place for it on every screen; the line
/// at the foot of the overview has the whole sentence. No row moves when one comes or goes.
struct Alerts {
    /// One of them, from its longest wording to its shortest.
    struct Alert {
        let wordings: [String]
        /// With the arithmetic.
        let sentence: String
        let isOutage: Bool
    }

    let all: [Alert]

    init(_ snapshot: DeckSnapshot?) {
        guard let snapshot else {
            all = []
            return
        }
        var all: [Alert] = []
        // Of one engine there is room for what is wrong with it, and without it everything else is old.
        let only = snapshot.replicas.count == 1 ? snapshot.replicas.first : nil
        if let only, let reason = only.state.trouble {
            all.append(
                Alert(
                    wordings: ["NO ANSWER"], sentence: "\(only.name) does not answer: \(reason)", isOutage: true))
        }
        if let fault = snapshot.baseFault {
            all.append(Alert(wordings: ["BASE MODEL CHANGED", "BASE CHANGED"], sentence: fault, isOutage: true))
        }
        if let pause = snapshot.admissionPaused {
            let age = Format.span(Double(pause.seconds))
            all.append(
                Alert(
                    wordings: [
                        "ADMISSION PAUSED \(age) by \(pause.actor)", "ADMISSION PAUSED \(age)", "PAUSED \(age)",
                    ],
                    sentence: "admission paused \(age) ago by \(pause.actor): new requests wait (A resumes)",
                    isOutage: true))
        }
        let down = snapshot.replicas.filter { if case .down = $0.state { true } else { false } }
        if only == nil, !down.isEmpty {
            let share = "\(down.count) of \(snapshot.replicas.count)"
            all.append(
                Alert(
                    wordings: ["\(share) DOWN"],
                    sentence: "\(share) replicas down: \(down.map(\.name).joined(separator: ", "))", isOutage: true))
        }
        if snapshot.unknown[.thrash] == nil, let thrash = snapshot.thrash, thrash.isThrashing {
            all.append(
                Alert(
                    wordings: ["THRASH \(thrash.reloads.counted("reload"))", "THRASH"],
                    sentence: "THRASH: \(thrash.sentence)",
                    isOutage: false))
        }
        self.all = all
    }

    /// All of them within a width: the first says as much as it can, the others get what it leaves.
    func badges(width: Int) -> StyledLine {
        var line = StyledLine()
        for (index, alert) in all.enumerated() {
            let rest = all[(index + 1)...].reduce(0) { $0 + ($1.wordings.last?.columns ?? 0) + 3 }
            let gap = line.isEmpty ? 0 : 1
            let fits = alert.wordings.first { line.columns + gap + $0.columns + 2 + rest <= width }
            guard let text = fits ?? alert.wordings.last, line.columns + gap + text.columns + 2 <= width else {
                continue
            }
            if gap > 0 { line.add(" ") }
            line.add(" \(text) ", Style(alert.isOutage ? .banner : .warning, bold: true, reversed: !alert.isOutage))
        }
        return line
    }
}
