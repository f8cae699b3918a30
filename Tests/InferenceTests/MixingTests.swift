import Foundation
import Inference
import ModelFiles
import TestSupport
import Testing

/// Sequences with different adapters, ranks and targets in one batch against each one alone.
@Suite struct MixingTests {
    private static let vocabulary = 512

    /// A random adapter for a model: rank and targets as given, strong enough to change every distribution.
    private func adapter(_ config: ModelConfig, rank: Int, _ modules: [LinearModule], seed: UInt64) -> AdapterWeights {
        var generator = SeededGenerator(seed: seed)
        func random(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float.random(in: -0.2...0.2, using: &generator) }
        }
        return AdapterWeights(
            modules: (0..<config.layerCount).flatMap { layer in
                modules.map { module in
                    let shape = LoRAShape(
                        layer: layer, module: module, rank: rank, inputSize: module.inputSize(config),
                        outputSize: module.outputSize(config), scale: 0.5)
                    return AdapterWeights.Module(
                        shape: shape, a: random(rank * shape.inputSize), bTransposed: random(rank * shape.outputSize))
                }
            })
    }

    private func tokens(_ count: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Int.random(in: 0..<Self.vocabulary, using: &generator) }
    }

    /// Scripts with the base, small and large ranks (one split over several pages), and different targets.
    private func scripts(_ runner: PagedRunner, _ config: ModelConfig) -> [PagedRunner.Script] {
        let adapters: [PackedAdapter?] = [
            nil, runner.pack(adapter(config, rank: 4, LinearModule.allCases, seed: 1)),
            runner.pack(adapter(config, rank: 1, [.query, .value], seed: 2)), nil,
            runner.pack(adapter(config, rank: 70, [.gate, .down, .output], seed: 3)),
            runner.pack(adapter(config, rank: 16, [.key, .up], seed: 4)), nil,
        ]
        return adapters.enumerated().map { index, adapter in
            PagedRunner.Script(
                prompt: tokens(1 + index * 9, seed: UInt64(index + 10)),
                continuation: tokens(6, seed: UInt64(index + 50)),
                adapter: adapter)
        }
    }

    private func distance(_ left: [[Float]], _ right: [[Float]]) -> Float {
        zip(left, right).flatMap { zip($0, $1).map { abs($0 - $1) } }.reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
    }

    @Test(arguments: Precision.allCases) func batchesOfAnyOrderGiveWhatEachGivesAlone(_ precision: Precision) throws {
        let source = try TinyModel("tiny-qwen2")
        let model = try Transformer(source, precision: precision, threads: 3)
        // Pages of eight tokens are smaller than the largest adapter's matrices.
        let runner = PagedRunner(model, tokensPerPage: 8, pageCount: 600)
        let scripts = scripts(runner, source.config)
        let alone = scripts.map { runner.run([$0])[0] }
        let together = runner.run(scripts, chunk: 11)
        let backwards = Array(runner.run(scripts.reversed()).reversed())
        // Pages that hold any matrix whole: splitting one between pages changes nothing.
        let roomy = PagedRunner(model, tokensPerPage: 128, pageCount: 60)
        let unsplit = roomy.run(self.scripts(roomy, source.config))
        // f16 KV rounds differently after other sums; log-probabilities stay this close.
        let tolerance: Float = precision == .f32 ? 1e-4 : 0.02
        for index in scripts.indices {
            #expect(alone[index].count == 6)
            #expect(distance(alone[index], together[index]) < tolerance, "script \(index)")
            #expect(distance(alone[index], backwards[index]) < tolerance, "script \(index) in reverse")
            #expect(distance(alone[index], unsplit[index]) < tolerance, "script \(index) in large pages")
        }
    }

    /// An adapter acts, and only on its own rows; packing it twice or in a larger rank padded by zeros changes nothing.
    @Test func adaptersActOnTheirOwnRows() throws {
        let source = try TinyModel("tiny-llama3")
        let runner = PagedRunner(try Transformer(source, precision: .f32, threads: 2), pageCount: 400)
        let weights = adapter(source.config, rank: 4, LinearModule.allCases, seed: 5)
        let packed = runner.pack(weights)
        let padded = runner.pack(
            AdapterWeights(
                modules: weights.modules.map { module in
                    let shape = module.shape
                    return AdapterWeights.Module(
                        shape: LoRAShape(
                            layer: shape.layer, module: shape.module, rank: 9, inputSize: shape.inputSize,
                            outputSize: shape.outputSize, scale: shape.scale),
                        a: module.a + [Float](repeating: 0, count: 5 * shape.inputSize),
                        bTransposed: module.bTransposed + [Float](repeating: 0, count: 5 * shape.outputSize))
                }))
        let prompt = tokens(20, seed: 6)
        let next = tokens(3, seed: 7)
        func script(_ adapter: PackedAdapter?) -> PagedRunner.Script {
            PagedRunner.Script(prompt: prompt, continuation: next, adapter: adapter)
        }
        let base = runner.run([script(nil)])[0]
        let mixed = runner.run([script(packed), script(nil), script(padded)])
        #expect(distance(base, mixed[1]) < 1e-4)
        #expect(distance(mixed[0], mixed[2]) < 1e-4)
        #expect(distance(base, mixed[0]) > 0.1)
    }

    /// The same batch gives the same bits, whatever the threads' timing.
    @Test func resultsDoNotDependOnTiming() throws {
        let source = try TinyModel("tiny-qwen3")
        var first: [[[Float]]] = []
        for threads in [2, 4, 4, 4, 4] {
            let runner = PagedRunner(try Transformer(source, precision: .fast, threads: threads), pageCount: 400)
            let answers = runner.run(scripts(runner, source.config), chunk: 16)
            if first.isEmpty { first = answers } else { #expect(answers == first) }
        }
    }

    /// A row forgets what lies before the window, and without one it does not.
    @Test func theSlidingWindowHides() throws {
        for (name, forgets) in [("tiny-mistral", true), ("tiny-qwen2", false)] {
            let source = try TinyModel(name)
            let runner = PagedRunner(try Transformer(source, precision: .f32, threads: 2), pageCount: 100)
            let tail = tokens(60, seed: 8)
            // Three layers of 16 tokens reach 45 back; the first tokens lie farther.
            let answers = [tokens(4, seed: 20), tokens(4, seed: 21)].map { head in
                runner.run([PagedRunner.Script(prompt: head + tail, continuation: [1])])[0]
            }
            // Positions shift nothing: both heads have one length.
            let apart = distance(answers[0], answers[1])
            #expect(forgets ? apart == 0 : apart > 1e-4, "\(name): \(apart)")
        }
    }

    /// A tensor that is missing, or does not fit, is named.
    @Test func unfitModelsAreRefused() throws {
        struct Broken: WeightSource {
            let model: TinyModel
            let change: @Sendable (TensorRole, TensorView?) -> TensorView?
            var config: ModelConfig { model.config }

            func tensor(_ role: TensorRole) -> TensorView? { change(role, model.tensor(role)) }
        }
        let model = try TinyModel("tiny-llama3")
        let missing = Broken(model: model) { role, view in role == .weight(.down, layer: 1) ? nil : view }
        #expect(throws: UnfitModel("the model has no model.layers.1.mlp.down_proj.weight")) {
            try Transformer(missing, precision: .fast, threads: 1)
        }
        let other = try TinyModel("tiny-qwen2")
        let wrong = Broken(model: model) { role, view in role == .outputNorm ? other.tensor(role) : view }
        #expect(throws: UnfitModel("model.norm.weight is [64], the model's configuration wants [96]")) {
            try Transformer(wrong, precision: .fast, threads: 1)
        }
    }

    @Test func workSpaceStaysSmall() throws {
        let source = try TinyModel("tiny-llama3")
        let model = try Transformer(source, precision: .fast, threads: 2)
        let runner = PagedRunner(model, pageCount: 40)
        _ = runner.run([PagedRunner.Script(prompt: tokens(512, seed: 9), continuation: [1])])
        let held = model.scratchBytes
        #expect(held > 0 && held < 4 << 20)
        _ = runner.run([PagedRunner.Script(prompt: tokens(40, seed: 9), continuation: [1])])
        #expect(model.scratchBytes == held)
    }
}
