import DeckCore
import Foundation
import Inference
import Logging
import ModelFiles
import Registry
import ServingEngine

/// A base model, its engine and its registry, put together and started.
struct EmbeddedDeck: Sendable {
    let base: OpenedBase
    let engine: Engine
    let roots: AdapterRoots

    /// An engine over `base` that opens adapters in `roots` only. With a registry it starts with what that remembers: the
    /// versions that stand in a root (the others stay in the registry), the pins among them, and the latest events.
    static func start(
        _ base: OpenedBase, roots: AdapterRoots, compute: ComputeFlags, memoryBytes: Int, registry: Registry?
    ) throws -> EmbeddedDeck {
        var options = EngineOptions(memoryBytes: memoryBytes)
        options.threads = compute.threadCount
        let engine = try Engine(
            model: try model(base, compute: compute), adapters: roots, journal: registry ?? VolatileJournal(),
            options: options)
        if let registry {
            let versions = try registry.versions().filter { roots.contains($0.facts.path) }
            let pinned = try registry.pinned().intersection(versions.map(\.name))
            engine.restore(versions, pinned: pinned, events: try registry.recentEvents(limit: 200))
        }
        engine.start()
        return EmbeddedDeck(base: base, engine: engine, roots: roots)
    }

    /// Ends the engine from the main thread, and returns when what it recorded is durable.
    func stop() { try? Blocking.run { await engine.stop() } }

    private static func model(_ base: OpenedBase, compute: ComputeFlags) throws -> EngineModel {
        let config = base.model.config
        return EngineModel(
            forward: try Transformer(base.model, precision: compute.precision.precision, threads: compute.threadCount),
            tokenizer: base.tokenizer, template: base.template,
            endTokens: base.model.endTokens.union(base.tokenizer?.endTokens ?? []),
            name: base.model.displayName, names: base.model.names, digest: base.model.digest,
            summary: base.model.summary, moduleCount: config.layerCount * LinearModule.allCases.count)
    }

    /// Registers the adapters that the registry does not know as they are now, and returns the reason of each that was
    /// refused. A known one is left to its first load, which verifies every weight.
    func registerNew(
        _ adapters: [NamedAdapter], overrideBase: Bool, registry: Registry, by actor: String
    ) async -> [(adapter: NamedAdapter, reason: String)] {
        let versions = (try? registry.versions()) ?? []
        let known = Dictionary(versions.map { ($0.name, $0) }) { first, _ in first }
        return await register(
            adapters.filter { adapter in known[adapter.name].map { !adapter.isUnchanged(since: $0) } ?? true },
            overrideBase: overrideBase, by: actor)
    }

    /// Registers adapters one after the other and returns the reason of each that was refused.
    func register(
        _ adapters: [NamedAdapter], overrideBase: Bool, by actor: String
    ) async -> [(adapter: NamedAdapter, reason: String)] {
        var refused: [(NamedAdapter, String)] = []
        for adapter in adapters {
            guard !Task.isCancelled else { break }
            let outcome = await engine.perform(
                .register(name: adapter.name, path: adapter.path.path, overrideBase: overrideBase), by: actor)
            if !outcome.succeeded { refused.append((adapter, outcome.message)) }
        }
        return refused
    }
}
