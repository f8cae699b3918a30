import ArgumentParser
import DeckCore
import Foundation
import HTTPClient
import Inference
import LoadBench
import ModelFiles

/// `loradeck bench`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure: throughput and latency of many adapters in one engine.",
        discussion: """
            Adapters are made for the model (random values; speed does not depend on them), and requests are sent as their \
            clients would: with --arrivals closed each stream waits for its answer, otherwise requests come at their moments. \
            Latencies are taken where the client reads. Prompts never repeat, and a warm-up run is not counted. What is \
            compared runs in turns, A B A B, and the middle of the pairs' ratios is shown with the smallest and largest.

            PRESETS
            \(Presets.all.map { "  \($0.name.padding(toLength: 12, withPad: " ", startingAt: 0))\($0.abstract)" }
                .joined(separator: "\n"))
              all         every preset from base1 to soak
              roofline    what the machine reaches: memory, sgemm, and the engine's own products hot in cache

            Any option changes the preset.

            EXAMPLES
              loradeck bench                                  16 streams with an adapter each
              loradeck bench zipf1000 --runs 3
              loradeck bench decode --streams 8 --adapters-count 8 --rank 8,64 --targets qv --json
              loradeck bench soak --seconds 600
              loradeck bench distinct16 --adapters /tmp/made --against http://localhost:8000
              loradeck bench base1 --llama-bench ./llama-bench

            --against measures another server in turns with this engine: vLLM or another loradeck by the OpenAI API, or \
            llama.cpp's server. It must serve the same model, and the adapters that --adapters keeps, by their names \
            (bench-0000, ...). A key is taken from LORADECK_BENCH_KEY.
            """)

    @Argument(help: ArgumentHelp("What to measure; see PRESETS.", valueName: "preset"))
    var preset = "distinct16"

    @Option(help: ArgumentHelp("Turns of each thing. (default: 5 where things are compared, else 1)", valueName: "n"))
    var runs: Int?

    @Option(
        help: ArgumentHelp(
            "Make the adapters in this folder and keep them, instead of a temporary one.", valueName: "folder"))
    var adapters: String?

    @Option(help: ArgumentHelp("Another server, measured in turns with this engine. Repeatable.", valueName: "url"))
    var against: [String] = []

    @Option(help: "What servers of --against speak: openai, llama. (default: found out)")
    var api: CompletionAPI?

    @Option(
        help: ArgumentHelp(
            "A llama-bench program to run in the same turns, for base1 and prefill512.", valueName: "path"))
    var llamaBench: String?

    @Flag(help: "Print one JSON document with everything.")
    var json = false

    @OptionGroup(title: "WORKLOAD") var workload: WorkloadOptions
    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags

    func validate() throws {
        if let runs, !(1...1000).contains(runs) { throw ValidationError("--runs must be 1 to 1000") }
        for url in against where HTTPAddress(url) == nil {
            throw ValidationError("--against takes http://host:port, not “\(url)”")
        }
        if let scenario = Presets.named(preset), !against.isEmpty, !scenario.canRunAgainst {
            throw ValidationError("\(preset) is about this engine alone and cannot run --against a server")
        }
        if llamaBench != nil, !["base1", "prefill512", "all"].contains(preset) {
            throw ValidationError("--llama-bench measures base1 and prefill512 only")
        }
        if preset != "all", preset != "roofline", Presets.named(preset) == nil {
            let names = Presets.all.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no preset “\(preset)”; there are \(names), all, roofline")
        }
    }

    func run() throws {
        let limits = try MachineLimits.measure(threads: compute.threadCount)
        if preset == "roofline" {
            if json {
                try Output.json(RooflineReport(machine: Machine(), limits: limits))
            } else {
                Output.line(Machine().text + "\n" + limits.text)
            }
            return
        }
        let base = try OpenedBase(model, folders: Folders())
        let interruption = Interruption()
        let kept = adapters.map { URL(fileURLWithPath: $0) }
        let folder = try kept ?? Self.temporaryFolder()
        defer { if kept == nil { try? FileManager.default.removeItem(at: folder) } }
        var report = BenchReport(
            version: Loradeck.configuration.version, machine: Machine(),
            model: BenchReport.Model(
                name: base.model.displayName, summary: base.model.summary, digest: base.model.digest.hex),
            threads: compute.threadCount, precision: compute.precision.rawValue, seed: workload.seed, limits: limits)
        if !json {
            Output.line("\(report.model.name) (\(report.model.summary)), \(compute.threadCount) threads")
            Output.line(report.machine.text)
            Output.line(limits.text)
        }
        let servers = try servers(interruption)
        let names = preset == "all" ? Presets.table : [preset]
        for scenario in names.compactMap(Presets.named) {
            let result = try measure(scenario, base: base, folder: folder, servers: servers, interruption: interruption)
            report.scenarios.append(result)
            if !json { Output.line("\n" + BenchText(report: result).text) }
        }
        if json { try Output.json(report) }
        let errors = report.scenarios.reduce(0) { $0 + $1.errors }
        if errors > 0 { throw report.scenarios.contains { $0.requests > 0 } ? ExitCode.partly : .failure }
    }

    private func measure(
        _ preset: Scenario, base: OpenedBase, folder: URL, servers: [RemoteTarget],
        interruption: borrowing Interruption
    ) throws -> ScenarioReport {
        var scenario = workload.apply(to: preset)
        scenario.limit(vocabulary: base.model.config.vocabularySize)
        if base.tokenizer == nil, scenario.workload.promptUnit == .words {
            throw Failure("\(base.model.displayName) has no tokenizer: use --prompt-tokens")
        }
        let others = scenario.canRunAgainst ? servers : []
        for server in others { try server.requireAdapters(scenario.adaptersNeeded) }
        let meters = llamaBench.flatMap {
            LlamaBench(program: $0, model: base.model.path, threads: compute.threadCount, scenario: scenario)
        }
        let comparesTurns = !others.isEmpty || meters != nil
        let progress = BenchProgress()
        defer { progress.end() }
        progress.show("\(scenario.name): making \(scenario.adapters.count.counted("adapter"))")
        let session = try BenchSession.start(
            scenario, base: base, compute: compute, folder: folder, seed: workload.seed)
        defer { session.deck.stop() }
        let runner = ScenarioRunner(
            deck: session.deck.engine, others: others, meters: meters.map { [$0.meter] } ?? [],
            runs: runs ?? (comparesTurns ? 5 : scenario.usualRuns), cost: session.cost,
            progress: { progress.show($0) })
        return try Blocking.run(unless: interruption) { [scenario] in try await runner.run(scenario) }
    }

    /// Looks at each server of --against before anything is measured.
    private func servers(_ interruption: borrowing Interruption) throws -> [RemoteTarget] {
        let key = ProcessInfo.processInfo.environment["LORADECK_BENCH_KEY"].flatMap { $0.isEmpty ? nil : $0 }
        let addresses = against.compactMap(HTTPAddress.init)
        return try Blocking.run(unless: interruption) { [api] in
            var targets: [RemoteTarget] = []
            for address in addresses {
                targets.append(RemoteTarget(try await RemoteServer.find(address, api: api, key: key)))
            }
            return targets
        }
    }

    private static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "loradeck-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}

extension CompletionAPI: ExpressibleByArgument {}
