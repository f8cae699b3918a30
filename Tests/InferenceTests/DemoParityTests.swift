import Foundation
import Inference
import ModelFiles
import TestSupport
import Testing

/// The demo model in packed weights against the oracle: the base alone, and with every adapter in one batch.
///
/// The whole golden set runs through the engine in the oracle tests; here each adapter has its shortest case.
@Suite struct DemoParityTests {
    /// Reads an adapter as the engine does, into the runner's pages.
    private func pack(_ name: String, _ base: BaseModel, _ runner: PagedRunner) throws -> PackedAdapter {
        let shipped = Fixture.demoAdapters.appendingPathComponent(name)
        let isShipped = FileManager.default.fileExists(atPath: shipped.path)
        let folder = isShipped ? shipped : Fixture.goldens.appendingPathComponent("zoo/\(name)")
        let identity = BaseIdentity(names: base.names, digest: base.digest, architecture: base.config.architecture)
        let content = try AdapterReader(base: identity, config: base.config, root: nil).open(
            path: folder.path, overrideBase: false)
        var modules: [AdapterWeights.Module] = []
        _ = try content.read { index, a, b in
            modules.append(
                AdapterWeights.Module(shape: content.shapes[index], a: Array(a), bTransposed: Array(b)))
        }
        return runner.pack(AdapterWeights(modules: modules))
    }

    @Test(arguments: Precision.allCases) func baseAndAdaptersInOneBatch(_ precision: Precision) throws {
        let source = try BaseModel.open(path: Fixture.model.path)
        let golden: OracleFile = try Fixture.golden("smollm2.json")
        let byAdapter = Dictionary(grouping: golden.cases) { $0.adapter ?? "" }
        var cases = Array((byAdapter[""] ?? []).sorted { $0.promptIDs.count < $1.promptIDs.count }.prefix(4))
        for (name, group) in byAdapter.sorted(by: { $0.key < $1.key }) where !name.isEmpty {
            cases += group.sorted { $0.promptIDs.count < $1.promptIDs.count }.prefix(1)
        }
        let runner = PagedRunner(try Transformer(source, precision: precision, threads: 2), pageCount: 300)
        let scripts = try cases.map { oracle in
            PagedRunner.Script(
                prompt: oracle.promptIDs, continuation: oracle.greedyIDs,
                adapter: try oracle.adapter.map { try pack($0, source, runner) })
        }
        var comparison = Comparison()
        for (answer, oracle) in zip(runner.run(scripts, chunk: 29), cases) { comparison.add(answer, oracle) }
        if precision == .f32 { comparison.expectExact() } else { comparison.expectClose() }
        #expect(runner.model.scratchBytes < 60 << 20)
    }
}
