import DeckCore
import Foundation
import Inference
import ModelFiles
import ServingEngine
import TestSupport
import Testing

@testable import LoadBench

/// The whole way on the real engine with a model of two layers.
@Suite("Bench on a deck", .serialized) struct DeckBenchTests {
    private struct Rig {
        let engine: Engine
        let folder: URL
        let cost: ModelCost

        func stop() async {
            await engine.stop()
            try? FileManager.default.removeItem(at: folder)
        }
    }

    private func rig(_ scenario: Scenario) async throws -> Rig {
        let base = try BaseModel.open(path: Fixture.goldens.appendingPathComponent("tiny/tiny-llama3").path)
        let folder = try Fixture.temporaryFolder()
        let places = try AdapterForge(config: base.config, baseName: base.displayName, seed: 1)
            .make(scenario.adapters, in: folder)
        let model = EngineModel(
            forward: try Transformer(base, precision: .fast, threads: 2), tokenizer: nil, template: nil, endTokens: [],
            name: base.displayName, names: base.names, digest: base.digest, summary: base.summary,
            moduleCount: base.config.layerCount * LinearModule.allCases.count)
        let reader = AdapterReader(
            base: BaseIdentity(names: base.names, digest: base.digest, architecture: base.config.architecture),
            config: base.config, root: nil)
        var options = EngineOptions(memoryBytes: 32 << 20)
        // As the bench starts its own deck: a model this small floods faster than any bounded queue takes.
        options.maxWaiting = nil
        let engine = try Engine(model: model, adapters: reader, journal: VolatileJournal(), options: options)
        try engine.start()
        for place in places {
            let outcome = await engine.perform(
                .register(name: place.lastPathComponent, path: place.path, overrideBase: false), by: "test")
            #expect(outcome.succeeded, "\(outcome.message)")
        }
        return Rig(
            engine: engine, folder: folder, cost: ModelCost(base, elementBytes: 2, adapters: scenario.adapters))
    }

    /// A preset made small enough for a test.
    private func small(_ name: String) throws -> Scenario {
        var scenario = try #require(Presets.named(name))
        func shrink(_ workload: inout Workload) {
            workload.promptUnit = .tokens
            workload.promptLength = 6
            workload.outputTokens = min(5, workload.outputTokens)
            workload.requests = 24
            workload.streams = min(8, workload.streams)
            workload.adapterCount = min(6, workload.adapterCount)
            if workload.churnMilliseconds != nil {
                workload.churnMilliseconds = 1
                workload.churnAdapters = 3
            }
            if workload.seconds != nil { workload.seconds = 1 }
        }
        shrink(&scenario.workload)
        if case .compare(var other, let label, let figure) = scenario.method {
            shrink(&other)
            scenario.method = .compare(with: other, label: label, figure)
        }
        if case .prefix = scenario.method { scenario.method = .prefix(tokens: 40) }
        scenario.limit(vocabulary: 64)
        scenario.adapters.count = scenario.adaptersNeeded
        scenario.adapters.ranks = [2, 4]
        return scenario
    }

    private func run(_ scenario: Scenario, runs: Int) async throws -> ScenarioReport {
        let rig = try await rig(scenario)
        let report = try await ScenarioRunner(deck: rig.engine, runs: runs, cost: rig.cost, progress: { _ in })
            .run(scenario)
        await rig.stop()
        return report
    }

    @Test("a load: every request and token is counted, and every row of its steps")
    func load() async throws {
        let report = try await run(try small("distinct16"), runs: 2)
        #expect(report.sides.count == 1 && report.comparisons.isEmpty && report.errors == 0)
        for run in report.sides[0].runs {
            #expect(run.requests == 24 && run.outputTokens == 120 && run.promptTokens == 144)
            #expect(run.timeToFirst?.count == 24 && run.interToken?.count == 96)
            #expect(run.engineTimeToFirst?.count == 24)
            let steps = try #require(run.steps)
            #expect(abs(steps.rowsPerStep * Double(steps.steps) - Double(24 * (6 + 4))) < 0.5)
            #expect(steps.gigaflopsPerSecond > 0 && steps.gigabytesPerSecond > 0)
        }
    }

    @Test(
        "every comparison with ourselves gives a figure a pair",
        arguments: ["distinct32", "zipf1000", "churn", "flood"])
    func comparisons(name: String) async throws {
        let report = try await run(try small(name), runs: 2)
        #expect(report.sides.count == 2 && report.sides.allSatisfy { $0.runs.count == 2 })
        #expect(report.errors == 0, "\(report.sides.flatMap { $0.runs.compactMap(\.firstError) })")
        let comparison = try #require(report.comparisons.first)
        #expect(comparison.unit == .ratio && comparison.pairs.values.count == 2)
        #expect(comparison.pairs.values.allSatisfy { $0 > 0 && $0.isFinite })
    }

    @Test("cold and prefix: one pair for each adapter and turn")
    func firstTokens() async throws {
        let cold = try await run(try small("cold"), runs: 2)
        #expect(cold.comparisons.first?.pairs.values.count == 12)
        #expect(cold.comparisons.first?.unit == .milliseconds)
        let prefix = try await run(try small("prefix"), runs: 3)
        #expect(prefix.comparisons.first?.pairs.values.count == 3)
        #expect(prefix.sides.first?.runs.first?.promptTokens == 3 * 46)
    }

    @Test("a soak leaves no page and no request behind, and its memory is seen")
    func soak() async throws {
        let report = try await run(try small("soak"), runs: 1)
        let soak = try #require(report.soak)
        #expect(soak.pagesLeft == 0 && soak.stuck == 0 && soak.loads > 0 && soak.residentLate > 1e6)
        #expect(report.requests > 0 && report.errors == 0)
    }

    @Test("a deck that serves nothing is said so, with its reason")
    func nothingServed() async throws {
        let scenario = try small("distinct16")
        let rig = try await rig(scenario)
        await rig.engine.stop()
        let failure = await #expect(throws: BenchFailure.self) {
            _ = try await ScenarioRunner(deck: rig.engine, runs: 1, cost: rig.cost, progress: { _ in }).run(scenario)
        }
        #expect(failure?.description.contains("stopped") == true)
        await rig.stop()
    }
}
