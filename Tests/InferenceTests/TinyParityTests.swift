import Foundation
import Inference
import TestSupport
import Testing

/// The forward pass against Hugging Face's, on small random models (after llm.c's parity tests).
@Suite struct TinyParityTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        let name: String
        let precision: Precision
        let chunk: Int
        var testDescription: String { "\(name) \(precision) in \(chunk == .max ? "one piece" : "pieces of \(chunk)")" }
    }

    static let settings: [Setting] = TinyModel.names.flatMap { name in
        Precision.allCases.flatMap { precision in
            [Int.max, 1, 3, 7].map { Setting(name: name, precision: precision, chunk: $0) }
        }
    }

    /// The model's golden cases, as scripts in a fresh pool.
    private func load(
        _ name: String, _ precision: Precision, tokensPerPage: Int = 16
    ) throws -> (PagedRunner, [OracleFile.Case], [PagedRunner.Script]) {
        let source = try TinyModel(name)
        let model = try Transformer(source, precision: precision, threads: 2)
        let runner = PagedRunner(model, tokensPerPage: tokensPerPage, pageCount: 40 + 1600 / tokensPerPage)
        let folder = Fixture.goldens.appendingPathComponent("tiny/\(name)/adapter")
        let adapter = runner.pack(try AdapterWeights(folder: folder, config: source.config))
        let golden: OracleFile = try Fixture.golden("tiny/\(name)/golden.json")
        let scripts = golden.cases.map {
            PagedRunner.Script(
                prompt: $0.promptIDs, continuation: $0.greedyIDs, adapter: $0.adapter == nil ? nil : adapter)
        }
        return (runner, golden.cases, scripts)
    }

    private func expect(_ comparison: Comparison, _ precision: Precision) {
        if precision == .f32 { comparison.expectExact() } else { comparison.expectClose() }
    }

    @Test(arguments: settings) func aloneAndInPieces(_ setting: Setting) throws {
        let (runner, cases, scripts) = try load(setting.name, setting.precision)
        var comparison = Comparison()
        for (oracle, script) in zip(cases, scripts) {
            comparison.add(runner.run([script], chunk: setting.chunk)[0], oracle)
        }
        expect(comparison, setting.precision)
    }

    @Test(arguments: TinyModel.names, Precision.allCases) func mixed(_ name: String, _ precision: Precision) throws {
        let (runner, cases, scripts) = try load(name, precision)
        var comparison = Comparison()
        for (answer, oracle) in zip(runner.run(scripts, chunk: 5), cases) { comparison.add(answer, oracle) }
        expect(comparison, precision)
    }

    /// A page of any number of tokens gives the same.
    @Test(arguments: [1, 7, 24, 64]) func pageSizes(_ tokensPerPage: Int) throws {
        let (runner, cases, scripts) = try load("tiny-mistral", .f32, tokensPerPage: tokensPerPage)
        var comparison = Comparison()
        for (answer, oracle) in zip(runner.run(scripts), cases) { comparison.add(answer, oracle) }
        comparison.expectExact()
    }
}
