import DeckCore

/// One command for several engines: who can carry it out, and what came of it all together.
struct FleetOrder {
    let command: DeckCommand

    init(_ command: DeckCommand) { self.command = command }

    /// Why this engine does not get the command; nil when it does.
    func obstacle(_ report: ReplicaReport) -> String? {
        guard let reading = report.current else {
            if case .down(let reason, _) = report.state { return "down: \(reason)" }
            return "down"
        }
        if let reason = reading.disabled[command.action] { return reason }
        switch command {
        case .load(let adapter) where report.kind != .loradeck && report.serves(adapter):
            return "serves \(adapter) already"
        case .evict(let adapter, _, _) where !report.serves(adapter),
            .unregister(let adapter) where !report.serves(adapter):
            return "does not serve \(adapter)"
        default: return nil
        }
    }

    /// One outcome of all, in the order of `names`; of several engines it names each.
    func sum(_ outcomes: [(name: String, outcome: CommandOutcome)], of names: [String]) -> CommandOutcome {
        let sorted = names.compactMap { name in outcomes.first { $0.name == name } }
        if sorted.count == 1 { return sorted[0].outcome }
        let done = sorted.filter(\.outcome.succeeded).count
        let details = sorted.map { "\($0.name): \($0.outcome.message)" }.joined(separator: "; ")
        let message = "\(command.commandLine): \(done) of \(sorted.count) did it: \(details)"
        if done == sorted.count, done > 0 { return .done(message) }
        return done == 0 ? .refused(message) : .partly(message)
    }
}
