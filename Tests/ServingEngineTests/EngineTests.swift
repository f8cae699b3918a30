import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Engine")
struct EngineTests {
    private func engine(
        pages: Int, _ files: [String: ToyAdapters.File], model: ToyModel = ToyModel(),
        journal: ToyJournal = ToyJournal()
    ) throws -> (Engine, ToyAdapters) {
        let adapters = ToyAdapters(files)
        var options = EngineOptions(memoryBytes: pages * 4 * ToyModel.slotBytes)
        options.tokensPerPage = 4
        options.snapshotsPerSecond = 50
        let engine = try Engine(
            model: Rig.model(model), adapters: adapters, journal: journal, options: options)
        engine.restore(files.keys.sorted().map { adapters.version($0) }, pinned: [], events: [])
        try engine.start()
        return (engine, adapters)
    }

    @Test("On its own threads: many tenants at once, each answered as alone")
    func manyTenants() async throws {
        let files = Dictionary(
            uniqueKeysWithValues: (0..<8).map {
                ("a\($0)", ToyAdapters.File(pages: 1 + $0 % 4, seed: UInt64($0 + 1)))
            })
        let model = ToyModel()
        let (engine, _) = try engine(pages: 60, files, model: model)
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<12 { group.addTask { await Self.converse(client, engine, files) } }
        }
        #expect(model.faults.withLock { $0 }.isEmpty)
        await engine.stop()
    }

    private static func converse(_ client: Int, _ engine: Engine, _ files: [String: ToyAdapters.File]) async {
        for round in 0..<6 {
            let name = (client + round) % 9 == 8 ? nil : "a\((client + round) % 9)"
            let prompt = [client, round, 5]
            let request = PromptRequest(adapter: name, content: .tokens(prompt), maxTokens: 12, origin: "c\(client)")
            let answer = await Answer(engine.submit([request])[0])
            let weights = name.flatMap { files[$0] }.map(ToyAdapters.weights) ?? []
            #expect(answer.tokens == ToyModel.reference(prompt, weights: weights, count: 12))
        }
    }

    @Test("Commands answer when their outcome is durable, and are in the journal with their actor")
    func commands() async throws {
        let journal = ToyJournal()
        let (engine, _) = try engine(pages: 60, ["a": .init(), "b": .init(seed: 2)], journal: journal)
        #expect(await engine.perform(.load(adapter: "a"), by: "console").succeeded)
        #expect(await engine.perform(.pin(adapter: "b"), by: "console").succeeded)
        #expect(journal.pins.withLock { $0 } == ["b"])
        #expect(
            await engine.perform(.evict(adapter: "b", digest: nil, mode: .drain), by: "console").succeeded
                == false)
        #expect(
            await engine.perform(.register(name: "c", path: "a", overrideBase: false), by: "console")
                .succeeded)
        #expect(journal.versions.withLock { $0.map(\.name) } == ["c"])
        let entries = journal.entries.withLock { $0.filter { $0.actor == "console" } }
        #expect(entries.map(\.command) == ["load a", "pin b", "evict b", "register c a"])
        #expect(entries.map(\.kind) == [.load, .pin, .refusal, .register])
        await engine.stop()
        #expect(await engine.perform(.load(adapter: "a"), by: "console").succeeded == false)
        #expect(
            await Answer(
                engine.submit([.init(adapter: nil, content: .tokens([1]), maxTokens: 1, origin: "t")])[0]
            ).failure == "the deck stopped")
    }

    @Test("Snapshots arrive, the newest only, and account for every page")
    func snapshots() async throws {
        let (engine, _) = try engine(pages: 60, ["a": .init(pages: 5)])
        #expect(await engine.perform(.load(adapter: "a"), by: "t").succeeded)
        let stream = engine.submit([
            .init(adapter: "a", content: .tokens([1, 2]), maxTokens: 100, origin: "t")
        ])[0]
        _ = await Answer(stream)
        var last = -1
        for await snapshot in engine.snapshots() {
            #expect(snapshot.index > last)
            last = snapshot.index
            #expect(
                snapshot.pool.freePages + snapshot.pool.kvPages + snapshot.pool.adapterPages
                    + snapshot.pool.prefixes.pages
                    == snapshot.pool.pageCount)
            if snapshot.adapters[0].tokensGenerated == 100 {
                #expect(snapshot.adapters[0].pages == 5)
                #expect(snapshot.adapters[0].timeToFirstToken?.count == 1)
                #expect(snapshot.adapters[0].interTokenLatency?.count == 99)
                #expect(snapshot.adapters[0].hits == 1)
                #expect(snapshot.requests.last?.phase == .finished(.length))
                #expect(snapshot.process.residentBytes > 1_000_000)
                #expect(snapshot.recentSteps.last?.decodeRows == 1)
                break
            }
        }
        await engine.stop()
    }

    @Test("Stopping fails what lives and ends every stream")
    func stopping() async throws {
        let model = ToyModel(contextLength: 4_000)
        let (engine, _) = try engine(pages: 2_000, [:], model: model)
        let snapshots = engine.snapshots()
        let stream = engine.submit([
            .init(adapter: nil, content: .tokens([1]), maxTokens: 3_900, origin: "t")
        ])[0]
        for await update in stream {
            if case .token = update {
                Task { await engine.stop() }
                break
            }
        }
        for await _ in snapshots {}
        await engine.stop()
    }
}
