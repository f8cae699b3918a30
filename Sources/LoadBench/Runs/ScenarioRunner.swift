import DeckCore

/// Measures a scenario on a deck, and in turns with it on other servers: A B A B, so that a machine that grows warm or busy
/// is the same for both.
public struct ScenarioRunner: Sendable {
    /// Another program that measures the same thing by itself, such as llama-bench.
    public struct Meter: Sendable {
        let label: String
        /// Tokens a second of one run.
        let measure: @Sendable (Workload) async throws -> Double

        public init(label: String, measure: @escaping @Sendable (Workload) async throws -> Double) {
            self.label = label
            self.measure = measure
        }
    }

    let deck: DeckTarget
    let others: [any LoadTarget]
    let meters: [Meter]
    let runs: Int
    let cost: ModelCost
    let progress: @Sendable (String) -> Void

    /// `runs` is the number of turns. `progress` is told in a few words what runs now.
    public init(
        deck: any Deck, others: [any LoadTarget] = [], meters: [Meter] = [], runs: Int, cost: ModelCost,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.deck = DeckTarget(deck)
        self.others = others
        self.meters = meters
        self.runs = runs
        self.cost = cost
        self.progress = progress
    }

    /// Throws `CancellationError` when its task is cancelled, and what a meter throws.
    public func run(_ scenario: Scenario) async throws -> ScenarioReport {
        try await warmUp(scenario)
        let report: ScenarioReport =
            switch scenario.method {
            case .load: try await measureLoad(scenario)
            case .compare(let other, let label, let figure): try await compare(scenario, with: other, label, figure)
            case .cold: try await measureCold(scenario)
            case .prefix(let tokens): try await measurePrefix(scenario, tokens: tokens)
            case .flood(let factor): try await measureFlood(scenario, factor: factor)
            case .soak: try await soak(scenario)
            }
        try Task.checkCancellation()
        return report
    }

    // MARK: Parts that every method uses

    /// Touches weights and adapters, on every server; not counted.
    private func warmUp(_ scenario: Scenario) async throws {
        var workload = scenario.workload
        let adapters = min(workload.adapterCount, 64)
        workload.arrivals = .closed
        workload.seconds = nil
        workload.churnMilliseconds = nil
        workload.outputTokens = min(4, workload.outputTokens)
        workload.requests = max(workload.streams, workload.choice == .base ? 0 : adapters)
        if workload.choice != .base, workload.choice != .identical {
            workload.choice = .distinct
            workload.adapterCount = adapters
            workload.streams = adapters
        }
        for target in [deck as any LoadTarget] + (scenario.canRunAgainst ? others : []) {
            progress("\(scenario.name): warm-up of \(target.label)")
            let (records, _) = await LoadRun(workload, on: target, salt: -1).run()
            try Task.checkCancellation()
            // Nothing that follows could be measured.
            if let failure = records.first(where: { $0.failure != nil })?.failure,
                records.allSatisfy({ $0.failure != nil })
            {
                throw BenchFailure("\(target.label) served no request of the warm-up: \(failure)")
            }
        }
    }

    /// One run on the deck, with its steps and, where the workload says so, churn.
    func runDeck(
        _ workload: Workload, salt: Int, flooder: String? = nil
    ) async -> (figures: RunFigures, watch: DeckWatch, churned: (done: Int, refused: Int)) {
        let churn = workload.churnMilliseconds.map { milliseconds in
            let driver = ChurnDriver(
                deck: deck.deck,
                adapters: workload.adapterCount..<workload.adapterCount + workload.churnAdapters,
                milliseconds: milliseconds)
            return Task { await driver.run() }
        }
        let target = deck
        let (value, watch) = await DeckWatch.during(deck.deck, cost: cost) {
            await LoadRun(workload, on: target, salt: salt).run()
        }
        churn?.cancel()
        let churned: (done: Int, refused: Int) = await churn?.value ?? (0, 0)
        var figures = RunFigures(value.records, seconds: value.seconds, flooder: flooder)
        figures.steps = StepFigures(watch.steps, records: value.records, cost: cost)
        if churn != nil { figures.churnLoadsPerSecond = Double(churned.done) / max(value.seconds, 1e-9) }
        return (figures, watch, churned)
    }

    private func say(_ scenario: Scenario, _ turn: Int, _ label: String) throws {
        try Task.checkCancellation()
        progress("\(scenario.name): run \(turn + 1) of \(runs), \(label)")
    }

    // MARK: Methods

    private func measureLoad(_ scenario: Scenario) async throws -> ScenarioReport {
        var report = ScenarioReport(scenario)
        let labels = [deck.label] + others.map(\.label)
        report.sides = labels.map { ScenarioReport.Side(label: $0, workload: scenario.workload) }
        var rates = [[Double]](repeating: [], count: meters.count)
        for turn in 0..<runs {
            try say(scenario, turn, deck.label)
            report.sides[0].runs.append(await runDeck(scenario.workload, salt: turn).figures)
            for (index, other) in others.enumerated() {
                try say(scenario, turn, other.label)
                let (records, seconds) = await LoadRun(scenario.workload, on: other, salt: turn).run()
                report.sides[index + 1].runs.append(RunFigures(records, seconds: seconds))
            }
            for (index, meter) in meters.enumerated() {
                try say(scenario, turn, meter.label)
                rates[index].append(try await meter.measure(scenario.workload))
            }
        }
        try Task.checkCancellation()
        let ours = (label: deck.label, runs: report.sides[0].runs)
        for side in report.sides.dropFirst() {
            for figure in scenario.figures {
                if let comparison = Comparison(figure, ours, over: (side.label, side.runs)) {
                    report.comparisons.append(comparison)
                }
            }
        }
        for (meter, rates) in zip(meters, rates) {
            let pairs = zip(ours.runs, rates).compactMap { run, rate in scenario.figures[0].value(run).map { $0 / rate }
            }
            let what = "\(scenario.figures[0].rawValue), \(deck.label) / \(meter.label)"
            if let comparison = Comparison(what, unit: .ratio, pairs: pairs) { report.comparisons.append(comparison) }
        }
        return report
    }

    private func compare(
        _ scenario: Scenario, with other: Workload, _ label: String, _ figure: Figure
    ) async throws -> ScenarioReport {
        var report = ScenarioReport(scenario)
        report.sides = [
            ScenarioReport.Side(label: scenario.label, workload: scenario.workload),
            ScenarioReport.Side(label: label, workload: other),
        ]
        for turn in 0..<runs {
            for side in 0..<2 {
                try say(scenario, turn, report.sides[side].label)
                report.sides[side].runs.append(
                    await runDeck(report.sides[side].workload, salt: 2 * turn + side).figures)
            }
        }
        let sides = report.sides.map { (label: $0.label, runs: $0.runs) }
        if let comparison = Comparison(figure, sides[0], over: sides[1]) { report.comparisons.append(comparison) }
        return report
    }

    private func measureFlood(_ scenario: Scenario, factor: Double) async throws -> ScenarioReport {
        var report = ScenarioReport(scenario)
        var fair = scenario.workload
        fair.tenants = ["tenant-0", "tenant-1", "tenant-2", "tenant-3"].map { .init(name: $0, share: 1) }
        if scenario.rateIsMeasured {
            progress("\(scenario.name): measuring what the deck can serve")
            var full = scenario.workload
            full.arrivals = .closed
            full.seconds = nil
            full.requests = 3 * full.streams
            // Together the tenants ask for half of it; with the flood, for more than there is.
            fair.rate = max(0.1, await runDeck(full, salt: -2).figures.requestsPerSecond / 2)
        }
        var flood = fair
        flood.tenants[0].share = factor
        flood.rate = fair.rate * (factor + 3) / 4
        report.sides = [
            ScenarioReport.Side(label: scenario.label, workload: flood),
            ScenarioReport.Side(label: "fair", workload: fair),
        ]
        for turn in 0..<runs {
            for side in 0..<2 {
                try say(scenario, turn, report.sides[side].label)
                let salt = 2 * turn + side
                report.sides[side].runs.append(
                    await runDeck(report.sides[side].workload, salt: salt, flooder: "tenant-0").figures)
            }
        }
        let sides = report.sides.map { (label: $0.label, runs: $0.runs) }
        if let comparison = Comparison(.othersTimeToFirst95, sides[0], over: sides[1]) {
            report.comparisons.append(comparison)
        }
        return report
    }
}

/// Why nothing could be measured, for a person.
public struct BenchFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
