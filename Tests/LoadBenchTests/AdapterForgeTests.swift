import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import LoadBench

@Suite("Made adapters") struct AdapterForgeTests {
    @Test(
        "our own reader accepts them, every module matched, for every architecture",
        arguments: ["tiny-llama3", "tiny-mistral", "tiny-qwen2", "tiny-qwen3"])
    func accepted(model: String) throws {
        let base = try BaseModel.open(path: Fixture.goldens.appendingPathComponent("tiny/\(model)").path)
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let kinds = [
            BenchAdapters(count: 3, ranks: [2, 5], targets: BenchAdapters.allTargets),
            BenchAdapters(count: 1, ranks: [8], targets: ["q_proj", "v_proj"]),
        ]
        for kind in kinds {
            let forge = AdapterForge(config: base.config, baseName: base.displayName, seed: 1)
            let places = try forge.make(kind, in: folder)
            #expect(places.map(\.lastPathComponent) == (0..<kind.count).map { "bench-000\($0)" })
            var digests: Set<String> = []
            for (index, place) in places.enumerated() {
                let inspection = try reader(base).inspect(path: place.path, overrideBase: false)
                #expect(inspection.modules.count == base.config.layerCount * kind.targets.count)
                #expect(inspection.modules.allSatisfy { $0.norm.isFinite && $0.norm > 0 })
                #expect(inspection.facts.ranks == kind.rank(index)...kind.rank(index))
                #expect(inspection.parameterCount == kind.values(index, config: base.config))
                digests.insert(inspection.digest.hex)
            }
            #expect(digests.count == kind.count)
        }
    }

    @Test("the same seed writes the same bytes; what stands already is left, what was cut short is made again")
    func repeated() throws {
        let base = try BaseModel.open(path: Fixture.goldens.appendingPathComponent("tiny/tiny-llama3").path)
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let kind = BenchAdapters(count: 1, ranks: [4], targets: ["up_proj"])
        func weights(seed: UInt64) throws -> (Data, Date) {
            let place = try AdapterForge(config: base.config, baseName: "b", seed: seed).make(kind, in: folder)[0]
            let file = place.appendingPathComponent("adapter_model.safetensors")
            let written = try file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
            return (try Data(contentsOf: file), try #require(written))
        }
        let first = try weights(seed: 1)
        #expect(try weights(seed: 1) == first)
        let other = try weights(seed: 2)
        #expect(other.0 != first.0 && other.0.count == first.0.count)
        let file = folder.appendingPathComponent("bench-0000/adapter_model.safetensors")
        try other.0.dropLast(2).write(to: file)
        #expect(try weights(seed: 2).0 == other.0)
        #expect(try weights(seed: 1).0 == first.0)
    }

    private func reader(_ base: BaseModel) -> AdapterReader {
        AdapterReader(
            base: BaseIdentity(names: base.names, digest: base.digest, architecture: base.config.architecture),
            config: base.config, root: nil)
    }
}
