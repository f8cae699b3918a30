import DeckCore
import ServingEngine

/// Scenarios about single requests' first tokens.
extension ScenarioRunner {
    /// Each adapter in turn is evicted and asked, then asked again.
    func measureCold(_ scenario: Scenario) async throws -> ScenarioReport {
        let source = RequestSource(scenario.workload, salt: 1)
        var cold: [RequestRecord] = []
        var warm: [RequestRecord] = []
        for turn in 0..<runs {
            progress("\(scenario.name): run \(turn + 1) of \(runs)")
            for adapter in 0..<scenario.workload.adapterCount {
                try Task.checkCancellation()
                let name = BenchAdapters.name(adapter)
                let outcome = await deck.deck.perform(.evict(adapter: name, digest: nil, mode: .drain), by: "bench")
                guard outcome.succeeded else { throw BenchFailure("\(name) could not be evicted: \(outcome.message)") }
                let index = 2 * (turn * scenario.workload.adapterCount + adapter)
                cold.append(await deck.send(source.request(index, stream: adapter, tenant: "bench")))
                warm.append(await deck.send(source.request(index + 1, stream: adapter, tenant: "bench")))
            }
        }
        var report = ScenarioReport(scenario)
        report.sides = [("cold", cold), ("resident", warm)].map { label, records in
            var side = ScenarioReport.Side(label: label, workload: scenario.workload)
            side.runs = [RunFigures(records, seconds: Self.busySeconds(records))]
            return side
        }
        let more = zip(cold, warm).compactMap { cold, warm in
            cold.timeToFirst.flatMap { cold in warm.timeToFirst.map { (cold - $0) * 1000 } }
        }
        if let comparison = Comparison("TTFT, cold - resident", unit: .milliseconds, pairs: more) {
            report.comparisons.append(comparison)
        }
        return report
    }

    /// In each turn a new prefix: a first request with it, then a later one, on every server.
    func measurePrefix(_ scenario: Scenario, tokens: Int) async throws -> ScenarioReport {
        var report = ScenarioReport(scenario)
        let writer = PromptWriter(scenario.workload)
        for target in [deck as any LoadTarget] + others {
            var first: [RequestRecord] = []
            var later: [RequestRecord] = []
            for turn in 0..<runs {
                try Task.checkCancellation()
                progress("\(scenario.name): run \(turn + 1) of \(runs), \(target.label)")
                var random = SplitMix64(seed: scenario.workload.seed, index: 1000 + turn)
                let prefix = writer.prompt(length: tokens, using: &random)
                for step in 0..<2 {
                    let rest = writer.prompt(length: scenario.workload.promptLength, using: &random)
                    let request = LoadRequest(
                        index: 2 * turn + step, adapter: scenario.workload.choice == .base ? nil : 0,
                        prompt: prefix.followed(by: rest), outputTokens: scenario.workload.outputTokens, tenant: "bench"
                    )
                    let record = await target.send(request)
                    if step == 0 { first.append(record) } else { later.append(record) }
                }
            }
            report.sides += [("first", first), ("later", later)].map { label, records in
                var side = ScenarioReport.Side(
                    label: target.label == deck.label ? label : "\(target.label), \(label)", workload: scenario.workload
                )
                side.runs = [RunFigures(records, seconds: Self.busySeconds(records))]
                return side
            }
            let ratios = zip(later, first).compactMap { later, first in
                later.timeToFirst.flatMap { later in first.timeToFirst.map { later / $0 } }
            }
            let server = others.isEmpty ? "" : ", \(target.label)"
            if let comparison = Comparison("TTFT, later / first" + server, unit: .ratio, pairs: ratios) {
                report.comparisons.append(comparison)
            }
        }
        return report
    }

    /// Requests that came one after the other.
    private static func busySeconds(_ records: [RequestRecord]) -> Double {
        records.reduce(0) { sum, record in sum + (record.ended.map { $0 - record.began } ?? 0) }
    }
}

extension LoadRequest.Prompt {
    /// Both of one kind.
    func followed(by other: LoadRequest.Prompt) -> LoadRequest.Prompt {
        switch (self, other) {
        case (.tokens(let one), .tokens(let other)): .tokens(one + other)
        case (.text(let one), .text(let other)): .text(one + " " + other)
        case (.text, .tokens), (.tokens, .text): preconditionFailure("prompts of one workload are of one kind")
        }
    }
}
