import DeckCore
import Foundation
import Inference
import LoadBench
import ModelFiles
import ServingEngine

/// An engine with the adapters of one scenario, made for it and taken down after it.
struct BenchSession {
    let deck: EmbeddedDeck
    let cost: ModelCost

    /// Writes the adapters into `folder` and starts an engine whose pool holds what the scenario asks for.
    static func start(
        _ scenario: Scenario, base: OpenedBase, compute: ComputeFlags, folder: URL, seed: UInt64
    ) throws -> BenchSession {
        let config = base.model.config
        let forge = AdapterForge(config: config, baseName: base.model.displayName, seed: seed)
        // Adapters of different kinds share a kept folder.
        let kind = folder.appendingPathComponent(scenario.adapters.folderName)
        try FileManager.default.createDirectory(at: kind, withIntermediateDirectories: true)
        let places = try forge.make(scenario.adapters, in: kind)
        let element = compute.precision.precision.pageElement.bytes
        let deck = try EmbeddedDeck.start(
            base, roots: AdapterRoots(root: kind, base: base), compute: compute,
            memoryBytes: memory(for: scenario, config: config, elementBytes: element, compute: compute), registry: nil)
        let refused = try Blocking.run {
            await deck.register(places.map(AdapterFolder.named), overrideBase: false, by: "bench")
        }
        if let first = refused.first {
            deck.stop()
            throw Failure("\(first.adapter.name) was refused: \(first.reason)")
        }
        return BenchSession(
            deck: deck, cost: ModelCost(base.model, elementBytes: element, adapters: scenario.adapters))
    }

    /// The budget of --memory; else what the scenario's adapters and sequences need, and a tenth more.
    private static func memory(
        for scenario: Scenario, config: ModelConfig, elementBytes: Int, compute: ComputeFlags
    ) -> Int {
        if let memory = compute.memory { return memory.bytes }
        let tokens = EngineOptions(memoryBytes: 0).tokensPerPage
        let pageBytes = (config.layerCount * 2 * config.kvSize * tokens * elementBytes + 63) & ~63
        let resident = min(scenario.adapters.count, scenario.residentAdapters ?? .max)
        var pages = (0..<resident).reduce(0) { sum, index in
            sum + scenario.adapters.values(index, config: config) * elementBytes / pageBytes + 2
        }
        pages += scenario.sequences * (scenario.sequenceTokens / tokens + 2)
        let needed = pages * pageBytes / 10 * 11
        return scenario.residentAdapters == nil ? max(needed, compute.memoryBytes) : needed
    }
}

extension BenchAdapters {
    /// Such as `r16-all` or `r4_8-q_proj_v_proj`.
    fileprivate var folderName: String {
        let modules = targets.count == Self.allTargets.count ? "all" : targets.joined(separator: "_")
        return "r\(ranks.map(String.init).joined(separator: "_"))-\(modules)"
    }
}
