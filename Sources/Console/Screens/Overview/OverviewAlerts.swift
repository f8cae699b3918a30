import DeckCore
import TerminalKit

/// What an operator must not miss, most urgent first, a line each.
struct OverviewAlerts {
    let lines: [StyledLine]

    init(_ state: ConsoleState) {
        var lines: [StyledLine] = []
        func add(_ sign: String, _ text: String, _ style: Style) {
            var line = StyledLine(sign + " ", style)
            line.add(text, style)
            lines.append(line)
        }
        guard let snapshot = state.snapshot else {
            self.lines = []
            return
        }
        if let reason = snapshot.admissionPaused {
            add("!!", "admission is paused: \(reason)", Style(.error, bold: true))
        }
        let down = snapshot.replicas.filter { if case .down = $0.state { true } else { false } }
        if !down.isEmpty {
            add(
                "!!",
                "\(down.count) of \(snapshot.replicas.count.counted("replica")) down: \(down.map(\.name).joined(separator: ", "))",
                Style(.error, bold: true))
        }
        if snapshot.unknown[.thrash] == nil, let thrash = snapshot.thrash, thrash.isThrashing {
            add("!", "THRASH: \(thrash.sentence)", Style(.warning, bold: true))
        }
        self.lines = lines
    }
}
