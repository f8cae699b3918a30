import DeckCore
import Foundation
import Inference
import ModelFiles
import TestSupport
import Testing

@testable import ServingEngine

/// Invariant 2: what a plan counts is what the pool holds once the adapter is loaded.
@Suite("Sizing")
struct SizingTests {
    /// Adapters by path, of any shapes.
    private struct Shaped: AdapterOpening {
        struct Content: AdapterContent {
            let facts: AdapterFacts
            let shapes: [LoRAShape]
            let files: [FileState] = []

            func read(
                knownAs known: Digest?, _ body: (Int, StoredMatrix, StoredMatrix) throws -> Void
            ) throws -> Digest {
                for (index, shape) in shapes.enumerated() {
                    let a = [Float](repeating: 0.5, count: shape.rank * shape.inputSize)
                    let b = [Float](repeating: 0.5, count: shape.rank * shape.outputSize)
                    try a.withUnsafeBytes { a in
                        try b.withUnsafeBytes { b in
                            try body(
                                index, StoredMatrix(type: .f32, rows: shape.rank, columns: shape.inputSize, bytes: a),
                                StoredMatrix(type: .f32, rows: shape.outputSize, columns: shape.rank, bytes: b))
                        }
                    }
                }
                return known ?? Shaped.digest(facts.path)
            }
        }

        let contents: [String: Content]

        func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
            guard let content = contents[path] else { throw AdapterRefusal("no adapter at \(path)") }
            return content
        }

        static func digest(_ path: String) -> Digest {
            var bytes = Array(path.utf8.prefix(32))
            bytes += [UInt8](repeating: 0, count: 32 - bytes.count)
            return Digest(bytes: bytes)!
        }

        func version(_ path: String) -> AdapterVersion? {
            contents[path].map {
                AdapterVersion(name: path, digest: Self.digest(path), facts: $0.facts, registered: Date())
            }
        }
    }

    private static func content(_ path: String, _ shapes: [LoRAShape]) -> Shaped.Content {
        Shaped.Content(
            facts: AdapterFacts(
                format: "peft", path: path, declaredBase: nil, verdict: .unverified(reason: "toy"),
                ranks: 1...64, alpha: 1, scales: 1...1, targets: [], moduleCount: shapes.count, fileBytes: 1),
            shapes: shapes)
    }

    @Test("Invariant 2: over random bases, ranks, targets and page sizes", arguments: 0..<24)
    func plansAreWhatThePoolHolds(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        func chance(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let (wide, narrow, long) = (chance(1...60), chance(1...60), chance(1...120))
        let sizes: [LinearModule: (Int, Int)] = [
            .query: (wide, wide), .key: (wide, narrow), .value: (wide, narrow), .output: (wide, wide),
            .gate: (wide, long), .up: (wide, long), .down: (long, wide),
        ]
        let layers = chance(1...5)
        let geometry = BaseGeometry(
            layers: layers,
            modules: LinearModule.allCases.map {
                BaseGeometry.Module(kind: $0.name, inputs: sizes[$0]!.0, outputs: sizes[$0]!.1)
            }, elementBytes: PageElement.f32.bytes, kvBytesPerToken: ToyModel.slotBytes)
        var contents: [String: Shaped.Content] = [:]
        var questions: [String: PlanQuestion] = [:]
        func shapes(_ targets: [LinearModule], _ rank: (LinearModule, Int) -> Int) -> [LoRAShape] {
            (0..<layers).flatMap { layer in
                targets.map { module in
                    LoRAShape(
                        layer: layer, module: module, rank: rank(module, layer), inputSize: sizes[module]!.0,
                        outputSize: sizes[module]!.1, scale: 1)
                }
            }
        }
        for index in 0..<6 {
            var targets = LinearModule.allCases.filter { _ in Bool.random(using: &generator) }
            if targets.isEmpty { targets = [.down] }
            let rank = chance(1...24)
            contents["plain\(index)"] = Self.content("plain\(index)", shapes(targets) { _, _ in rank })
            questions["plain\(index)"] = PlanQuestion(rank: rank, targets: Set(targets.map(\.name)))
            contents["mixed\(index)"] = Self.content(
                "mixed\(index)", shapes(targets) { _, _ in Int.random(in: 1...24, using: &generator) })
        }
        let adapters = Shaped(contents: contents)
        // A page holds the longest row at least.
        let longest = max(wide, narrow, long) * PageElement.f32.bytes
        var options = EngineOptions(memoryBytes: 0)
        options.tokensPerPage = chance(1...40) + (longest + ToyModel.slotBytes - 1) / ToyModel.slotBytes
        let pageBytes = options.tokensPerPage * ToyModel.slotBytes
        options.memoryBytes = 3_000 * pageBytes
        let engine = try Engine(
            model: Rig.model(ToyModel()), adapters: adapters, journal: ToyJournal(), options: options)
        engine.restore(contents.keys.sorted().compactMap { adapters.version($0) }, pinned: [], events: [])
        try engine.start()
        var held = 0
        for name in contents.keys.sorted() {
            let outcome = await engine.perform(.load(adapter: name), by: "test")
            try #require(outcome.succeeded, "\(outcome.message)")
            let snapshot = try #require(
                await engine.snapshots().first { $0.adapters.contains { $0.name == name && $0.pages > 0 } })
            let adapter = try #require(snapshot.adapters.first { $0.name == name })
            let owned = snapshot.pool.pages.count {
                if case .adapter(name, _) = snapshot.pool.owners[Int($0)] { true } else { false }
            }
            held += owned
            #expect(snapshot.pool.adapterPages == held)
            #expect(adapter.pages == owned && adapter.pagesNeeded == owned)
            let layout = try #require(
                AdapterLayout(shapes: contents[name]!.shapes, element: .f32, pageBytes: pageBytes))
            #expect(layout.pageCount == owned && layout.overheadBytes == adapter.overheadBytes)
            guard let question = questions[name] else { continue }
            let plan = CapacityPlan(question, pool: try #require(PlanPool(snapshot)), geometry: geometry)
            #expect(plan.adapter?.pages == owned, "\(name)")
            #expect(plan.adapter?.overheadBytes == adapter.overheadBytes)
        }
        await engine.stop()
    }
}
