import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// The adapters that come with the repository open with the modules, ranks and scales that their configurations mean.
@Suite struct ShippedAdapterTests {
    struct Expectation: Sendable, CustomTestStringConvertible {
        let name: String
        let modules: Int
        let ranks: ClosedRange<Int>
        let scales: ClosedRange<Double>
        var testDescription: String { name }

        init(_ name: String, _ modules: Int, _ ranks: ClosedRange<Int>, _ scales: ClosedRange<Double>) {
            (self.name, self.modules, self.ranks, self.scales) = (name, modules, ranks, scales)
        }
    }

    @Test(arguments: [
        Expectation("boutique-fr", 90, 8...16, 1...1),
        Expectation("clinic-notes", 90, 8...8, 2...2),
        Expectation("haiku-hotel", 210, 4...4, 4...4),
        Expectation("harbor-bank", 120, 8...8, 2...2),
        Expectation("kids-garden", 60, 8...8, 2...2),
        Expectation("pirate-games", 210, 4...4, 2...2),
        Expectation("sql-helper", 120, 8...8, 2...2),
        Expectation("ticket-json", 210, 8...8, 2...2),
    ])
    func demoAdapter(_ expected: Expectation) throws {
        try check(expected, Fixture.demoAdapters.appendingPathComponent(expected.name))
    }

    @Test(arguments: [
        Expectation("all-linear-r1", 210, 1...1, 4...4),
        Expectation("excluded", 100, 2...2, 2...2),
        Expectation("rank-alpha-pattern", 90, 2...6, 0.75...4),
        Expectation("regex-targets", 12, 2...2, 3...3),
        Expectation("rslora-r8", 60, 8...8, 4 / 8.0.squareRoot()...4 / 8.0.squareRoot()),
        Expectation("some-layers", 12, 4...4, 2...2),
    ])
    func zooAdapter(_ expected: Expectation) throws {
        try check(expected, Fixture.goldens.appendingPathComponent("zoo/\(expected.name)"))
    }

    private func check(_ expected: Expectation, _ folder: URL) throws {
        let adapter = try DemoBase.reader().open(path: folder.path, overrideBase: false)
        #expect(adapter.facts.verdict == .verified)
        #expect(adapter.facts.moduleCount == expected.modules)
        #expect(adapter.facts.ranks == expected.ranks)
        #expect(adapter.facts.scales == expected.scales)
        #expect(adapter.facts.declaredBase == "HuggingFaceTB/SmolLM2-135M-Instruct")
        var read = 0
        _ = try adapter.read { index, a, b in
            let shape = adapter.shapes[index]
            #expect(index == read)
            #expect(a.count == shape.rank * shape.inputSize && b.count == shape.rank * shape.outputSize)
            read += 1
        }
        #expect(read == expected.modules)
    }

    private func shapes(_ folder: URL) throws -> [LoRAShape] {
        try DemoBase.reader().open(path: folder.path, overrideBase: false).shapes
    }

    @Test func patternsReachTheModulesThatTheyName() throws {
        for shape in try shapes(Fixture.demoAdapters.appendingPathComponent("boutique-fr")) {
            #expect(shape.rank == (shape.module == .query && shape.layer >= 20 ? 8 : 16))
            #expect(shape.scale == 1)
        }
        for shape in try shapes(Fixture.goldens.appendingPathComponent("zoo/rank-alpha-pattern")) {
            switch shape.module {
            case .query: #expect(shape.rank == 2 && shape.scale == 4)
            case .key: #expect(shape.rank == 4 && shape.scale == 0.75)
            default:
                #expect(shape.module == .down)
                #expect(shape.rank == ((10...19).contains(shape.layer) ? 6 : 4))
                #expect(shape.scale == Float(8.0 / Double(shape.rank)))
            }
        }
    }

    @Test func targetsExclusionsAndLayersSelectWhatPEFTSelects() throws {
        let excluded = try shapes(Fixture.goldens.appendingPathComponent("zoo/excluded"))
        #expect(excluded.filter { $0.module == .value }.map(\.layer) == Array(20...29))
        #expect(excluded.filter { $0.module == .query }.count == 30)
        let regex = try shapes(Fixture.goldens.appendingPathComponent("zoo/regex-targets"))
        #expect(Set(regex.map(\.layer)) == [0, 1, 2, 28])
        #expect(Set(regex.map(\.module)) == [.key, .value, .gate])
        let layers = try shapes(Fixture.goldens.appendingPathComponent("zoo/some-layers"))
        #expect(Set(layers.map(\.layer)) == [0, 3, 7, 29])
        #expect(layers == layers.sorted { ($0.layer, $0.module) < ($1.layer, $1.module) })
    }

    @Test(arguments: [
        ("tiny-llama3", Architecture.llama, 96, 160), ("tiny-mistral", .mistral, 64, 128),
        ("tiny-qwen2", .qwen2, 64, 128), ("tiny-qwen3", .qwen3, 64, 128),
    ])
    func tinyModelsAdapter(_ name: String, _ architecture: Architecture, _ hidden: Int, _ feedForward: Int) throws {
        struct Sizes: Decodable {
            let layers: Int
            let heads: Int
            let kvHeads: Int
            let headSize: Int?

            enum CodingKeys: String, CodingKey {
                case layers = "num_hidden_layers"
                case heads = "num_attention_heads"
                case kvHeads = "num_key_value_heads"
                case headSize = "head_dim"
            }
        }
        let sizes: Sizes = try Fixture.golden("tiny/\(name)/config.json")
        let config = ModelConfig(
            architecture: architecture, layerCount: sizes.layers, hiddenSize: hidden,
            headCount: sizes.heads, kvHeadCount: sizes.kvHeads,
            headSize: sizes.headSize ?? hidden / sizes.heads, feedForwardSize: feedForward,
            vocabularySize: 512, contextLength: 1024, normEpsilon: 1e-6,
            rotary: RotaryConfig(theta: 10_000, scaling: .none, pairing: .halves), slidingWindow: nil)
        let reader = AdapterReader(
            base: BaseIdentity(names: [name], digest: DemoBase.digest, architecture: architecture), config: config,
            root: nil)
        let adapter = try reader.open(
            path: Fixture.goldens.appendingPathComponent("tiny/\(name)/adapter").path, overrideBase: false)
        #expect(adapter.shapes.count == 7 * sizes.layers)
        #expect(adapter.facts.verdict == .verified)
        _ = try adapter.read { _, _, _ in }
    }
}
