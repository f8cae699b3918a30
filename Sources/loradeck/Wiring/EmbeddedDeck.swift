import DeckCore
import Foundation
import Inference
import Logging
import ModelFiles
import Registry
import ServingEngine
import Threads

/// A base model, its engine and its registry, put together and started.
struct EmbeddedDeck: Sendable {
    let base: OpenedBase
    let engine: Engine
    let roots: AdapterRoots
    /// What the registry remembers under names that nothing can be served under now, such as those of a base whose file
    /// was renamed. It stays in the registry.
    let unserved: [RefusedAdapter]

    /// An engine over `base` that opens adapters in `roots` only. With a registry it starts with what that remembers: the
    /// versions that stand in a root (the others stay in the registry), the pins among them, and the latest events.
    static func start(
        _ base: OpenedBase, roots: AdapterRoots, compute: ComputeFlags, memoryBytes: Int, registry: Registry?,
        serving: ServingSettings = ServingSettings()
    ) throws -> EmbeddedDeck {
        var options = EngineOptions(memoryBytes: memoryBytes)
        options.threads = compute.threadCount
        options.sharesPrefixes = serving.sharesPrefixes
        // A deck that remembers nothing serves its own caller, who bounds what it sends.
        if registry == nil { options.maxWaiting = nil }
        // Those of Swift's pool are among them, whose refusal nobody would hear of.
        do throws(ThreadRefusal) {
            try WorkThread.check(compute.threadCount + Self.otherThreads)
        } catch {
            throw Failure(error.description)
        }
        let engine = try Engine(
            model: try model(base, compute: compute), adapters: roots, journal: registry ?? VolatileJournal(),
            options: options, versions: try registry.flatMap { try keptVersions(base, roots, $0, serving) })
        var unserved: [RefusedAdapter] = []
        if let registry {
            let naming = base.naming
            let versions = try registry.versions().filter { version in
                guard roots.contains(version.facts.path) else { return false }
                guard let reason = naming.refusal(of: version.name) else { return true }
                let path = URL(fileURLWithPath: version.facts.path)
                unserved.append(
                    RefusedAdapter(adapter: NamedAdapter(name: version.name, path: path), reason: reason))
                return false
            }
            let pinned = try registry.pinned().intersection(versions.map(\.name))
            let earlier = try registry.earlierVersions().filter { roots.contains($0.facts.path) }
            engine.restore(
                versions, earlier: earlier, pinned: pinned, events: try registry.recentEvents(limit: 200))
        }
        try engine.start()
        return EmbeddedDeck(base: base, engine: engine, roots: roots, unserved: unserved)
    }

    /// Threads beside those of the forward pass: the step's, those that read adapters, spill and keep versions, the journal's,
    /// and two of Swift's pool.
    private static let otherThreads = 8

    /// Nil for a deck that was given no folder for them. Without a budget it makes none, uses those that there are, and tells
    /// what is gone.
    private static func keptVersions(
        _ base: OpenedBase, _ roots: AdapterRoots, _ registry: Registry, _ serving: ServingSettings
    ) throws -> KeptVersions? {
        guard let folder = serving.versionsFolder else { return nil }
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let root = try AdapterRoot(path: folder.path)
        return KeptVersions(
            folder: root.path, budget: serving.versionsBudget, copies: base.reader(root: root, registry: registry),
            places: { roots.reader(of: $0) }, served: { try registry.versionsOfEveryBase() })
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
            summary: base.model.summary, moduleCount: config.layerCount * LinearModule.allCases.count,
            modules: LinearModule.allCases.map {
                BaseGeometry.Module(kind: $0.name, inputs: $0.inputSize(config), outputs: $0.outputSize(config))
            }, fault: { [watch = base.model.watch] in watch.fault() })
    }

    /// Registers the adapters that nobody judged as they are now, and reports what is served and what was refused; a refusal
    /// is in the events too. What was ordered holds: of what is served, was turned down or unregistered, only the states of
    /// files are looked at; weights are read once, when they are new.
    func registerNew(
        _ found: [NamedAdapter], overrideBase: Bool, registry: Registry, by actor: String
    ) async -> RegistrationReport {
        let roster = AdapterRoster(found, naming: base.naming)
        let moment = engine.moment
        let orders: StandingOrders
        do {
            orders = try StandingOrders(registry, roots: roots)
        } catch {
            // Without the orders nobody can tell what they forbid.
            let reason = "what was ordered of adapters cannot be read, so nothing new is registered: \(error)"
            engine.note(.failure, by: actor, about: nil, reason)
            return RegistrationReport(
                served: engine.standings.count,
                refused: roster.adapters.map { RefusedAdapter(adapter: $0, reason: reason) })
        }
        var unjudged: [String: FoundAdapter] = [:]
        let fresh = roster.adapters.filter { adapter in
            guard case .unjudged(let contents) = orders.verdict(of: adapter) else { return false }
            unjudged[adapter.name] = FoundAdapter(turnedDown: contents, moment: moment)
            return true
        }
        let namesRefused = Set(roster.refused.map(\.adapter.name))
        var refused = roster.refused + unserved.filter { !namesRefused.contains($0.adapter.name) }
        for refusal in refused {
            let name = AdapterNaming.shown(refusal.adapter.name)
            engine.note(.refusal, by: actor, about: name, "\(name) is not served: \(refusal.reason)")
        }
        let failed = await register(fresh, overrideBase: overrideBase, unjudged, by: actor)
        refused += failed
        // One whose files are refused now cannot be loaded, restored or not.
        let served = Set(engine.standings.map(\.name)).subtracting(refused.map(\.adapter.name))
        let report = RegistrationReport(served: served.count, refused: refused)
        if !refused.isEmpty { engine.note(.warning, by: actor, about: nil, "serves \(report.sentence)") }
        return report
    }

    /// Registers adapters, but nothing that orders forbid (`unjudged`, by name), a few at a time so that reading one and
    /// keeping another go on together, and returns the reason of each that was refused.
    func register(
        _ adapters: [NamedAdapter], overrideBase: Bool, _ unjudged: [String: FoundAdapter] = [:], by actor: String
    ) async -> [RefusedAdapter] {
        var refused: [Int: String] = [:]
        await withTaskGroup(of: (Int, CommandOutcome).self) { group in
            var next = 0
            func begin() {
                guard next < adapters.count, !Task.isCancelled else { return }
                let (index, adapter) = (next, adapters[next])
                let found = unjudged[adapter.name] ?? FoundAdapter(turnedDown: [], moment: engine.moment)
                next += 1
                group.addTask {
                    let outcome = await engine.registerFound(
                        adapter.name, at: adapter.path.path, overrideBase: overrideBase, found, by: actor)
                    return (index, outcome)
                }
            }
            for _ in 0..<Self.registrationsAtOnce { begin() }
            for await (index, outcome) in group {
                if !outcome.succeeded { refused[index] = outcome.message }
                begin()
            }
        }
        return refused.sorted { $0.key < $1.key }.map { RefusedAdapter(adapter: adapters[$0.key], reason: $0.value) }
    }

    /// Enough to keep the loader threads busy while the disk flushes what the journal was told.
    private static let registrationsAtOnce = 32
}
