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
    }

    @Test(arguments: [
        Expectation(name: "boutique-fr", modules: 90, ranks: 8...16, scales: 1...1),
        Expectation(name: "clinic-notes", modules: 90, ranks: 8...8, scales: 2...2),
        Expectation(name: "haiku-hotel", modules: 210, ranks: 4...4, scales: 4...4),
        Expectation(name: "harbor-bank", modules: 120, ranks: 8...8, scales: 2...2),
        Expectation(name: "kids-garden", modules: 60, ranks: 8...8, scales: 2...2),
        Expectation(name: "pirate-games", modules: 210, ranks: 4...4, scales: 2...2),
        Expectation(name: "sql-helper", modules: 120, ranks: 8...8, scales: 2...2),
        Expectation(name: "ticket-json", modules: 210, ranks: 8...8, scales: 2...2),
    ])
    func demoAdapter(_ expected: Expectation) throws {
        let folder = Fixture.demoAdapters.appendingPathComponent(expected.name).path
        let adapter = try DemoBase.reader().open(path: folder, overrideBase: false)
        #expect(adapter.facts.verdict == .verified)
        #expect(adapter.facts.moduleCount == expected.modules)
        #expect(adapter.facts.ranks == expected.ranks)
        #expect(adapter.facts.scales == expected.scales)
        #expect(adapter.facts.declaredBase == "HuggingFaceTB/SmolLM2-135M-Instruct")
        var read = 0
        _ = try adapter.read { index, a, b in
            #expect(index == read)
            read += 1
        }
        #expect(read == expected.modules)
    }
}
