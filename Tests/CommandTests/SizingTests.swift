import DeckCore
import Foundation
import ModelFiles
import Registry
import ServingEngine
import TestSupport
import Testing

@testable import loradeck

/// What `plan`, `adapters verify` and `adapters inspect` say of the demo's adapters is what the engine takes.
@Suite("Sizing on the demo model") struct SizingTests {
    private struct Size: Decodable {
        let pages: Int
        let page_bytes: Int
        let overhead_bytes: Int
    }

    private struct Inspection: Decodable {
        struct Facts: Decodable {
            let rank_min: Int
            let rank_max: Int
            let targets: [String]
            let modules: Int
        }

        struct Module: Decodable {
            let rank: Int
            let input: Int
            let output: Int
        }

        let facts: Facts
        let size: Size
        let modules: [Module]
    }

    private struct Verdict: Decodable {
        let path: String
        let size: Size
    }

    private struct Plan: Decodable {
        struct Costs: Decodable {
            struct Cost: Decodable { let pages: Int }
            let adapter: Cost?
        }

        struct Placements: Decodable {
            struct Row: Decodable {
                let name: String
                let pages: Int
                let overhead_bytes: Int
            }
            let rows: [Row]
        }

        let plan: Costs
        let adapters: Placements?
    }

    private func json<Value: Decodable>(_ arguments: [String], as type: Value.Type) throws -> Value {
        let result = try Command.loradeck(arguments + ["--json", "--model", Fixture.model.path])
        #expect(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode(type, from: Data(result.output.utf8))
    }

    @Test("for every demo adapter, in both precisions", arguments: ["fast", "f32"])
    func everyDemoAdapter(precision: String) async throws {
        let base = try OpenedBase(
            try ModelOptions.parse(["--model", Fixture.model.path]), folders: Folders(environment: [:]))
        let found = try AdapterFolder.scan(Fixture.demoAdapters)
        let deck = try EmbeddedDeck.start(
            base, roots: try AdapterRoots(root: Fixture.demoAdapters, base: base),
            compute: try ComputeFlags.parse(["--precision", precision, "--threads", "1"]), memoryBytes: 256 << 20,
            registry: nil)
        #expect(await deck.register(found, overrideBase: false, by: "test").isEmpty)
        let placements = try json(
            ["plan", "--precision", precision, "--memory", "256M", "--adapters", Fixture.demoAdapters.path],
            as: Plan.self)
        for adapter in found {
            #expect(await deck.engine.perform(.load(adapter: adapter.name), by: "test").succeeded)
            let snapshot = try #require(
                await deck.engine.snapshots().first { snapshot in
                    snapshot.adapters.contains { $0.name == adapter.name && $0.pages > 0 }
                })
            let held = try #require(snapshot.adapters.first { $0.name == adapter.name })
            let owned = snapshot.pool.pages.count {
                if case .adapter(adapter.name, _) = snapshot.pool.owners[Int($0)] { true } else { false }
            }
            #expect(held.pages == owned)
            let row = try #require(placements.adapters?.rows.first { $0.name == adapter.name })
            #expect(row.pages == owned && row.overhead_bytes == held.overheadBytes, "\(adapter.name)")
            let inspection = try json(
                ["adapters", "inspect", adapter.path.path, "--precision", precision], as: Inspection.self)
            let verdict = try json(
                ["adapters", "verify", adapter.path.path, "--precision", precision], as: Verdict.self)
            for size in [inspection.size, verdict.size] {
                #expect(size.pages == owned && size.overhead_bytes == held.overheadBytes, "\(adapter.name)")
                #expect(size.page_bytes == snapshot.pool.pageBytes)
            }
            // README's formula counts the weights alone; the rest is overhead, to the byte.
            let weights = inspection.modules.reduce(0) { $0 + $1.rank * ($1.input + $1.output) }
            let element = precision == "fast" ? 2 : 4
            #expect(weights * element + held.overheadBytes == owned * snapshot.pool.pageBytes)
            // An adapter of one rank on whole kinds of module is what `plan --rank` counts.
            let facts = inspection.facts
            guard facts.rank_min == facts.rank_max, facts.modules == facts.targets.count * 30 else { continue }
            let plan = try json(
                [
                    "plan", "--precision", precision, "--memory", "256M", "--rank", "\(facts.rank_min)", "--targets",
                    facts.targets.joined(separator: ","), "--tokens", "16",
                ], as: Plan.self)
            #expect(plan.plan.adapter?.pages == owned, "\(adapter.name)")
        }
        await deck.engine.stop()
    }
}
