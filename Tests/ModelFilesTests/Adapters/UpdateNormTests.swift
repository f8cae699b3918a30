import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// The norm through Gram matrices is that of the product.
@Suite struct UpdateNormTests {
    @Test(arguments: [(1, 5, 3), (4, 17, 9), (8, 64, 40)])
    func equalsTheProductsNorm(_ rank: Int, _ input: Int, _ output: Int) {
        var generator = SeededGenerator(seed: 3)
        let a = (0..<rank * input).map { _ in Float.random(in: -1...1, using: &generator) }
        let b = (0..<rank * output).map { _ in Float.random(in: -1...1, using: &generator) }
        var sum = 0.0
        for row in 0..<output {
            for column in 0..<input {
                var value = 0.0
                for k in 0..<rank { value += Double(b[k * output + row]) * Double(a[k * input + column]) }
                sum += value * value
            }
        }
        let norm = a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in updateNorm(a: a, b: b, rank: rank, in: input, out: output, scale: -1.5) }
        }
        #expect(abs(norm - 1.5 * sum.squareRoot()) < 1e-5 * norm)
    }

    @Test func inspectionTellsFactsAndNorms() throws {
        let folder = Fixture.goldens.appendingPathComponent("zoo/some-layers").path
        let inspection = try DemoBase.reader().inspect(path: folder, overrideBase: false)
        #expect(inspection.modules.count == 12 && inspection.modulesTotal == 210)
        #expect(inspection.modules.allSatisfy { $0.norm > 0 && $0.norm.isFinite })
        #expect(inspection.modules[0].path == "model.layers.0.self_attn.q_proj")
        #expect(inspection.parameterCount == 4 * 4 * (576 + 576 + 576 + 576 + 576 + 1536))
        #expect(inspection.notes.isEmpty)
    }

    @Test func anUntrainedAdapterIsNoted() throws {
        var forge = AdapterForge()
        for name in forge.tensors.keys where name.contains("lora_B") {
            guard let shape = forge.tensors[name]?.shape else { continue }
            forge.tensors[name] = AdapterForge.Tensor(shape) { _ in 0 }
        }
        let inspection = try AdapterForge.reader().inspect(path: forge.write(), overrideBase: false)
        #expect(inspection.largestNorm == 0)
        #expect(inspection.notes.contains { $0.contains("changes nothing") })
    }
}
