import Foundation
import Inference
import ModelFiles

/// A toy of the engine's page keeping: hands out pages, packs adapters, runs sequences to their end.
final class PagedRunner {
    /// Tokens to be fed, and the row from which on logits are wanted.
    struct Script {
        let tokens: [Int]
        /// Rows from this token on are wanted.
        let firstWanted: Int
        /// Tokens before this one may go in pieces; the others go one a step, as decoding does.
        let promptCount: Int
        let adapter: PackedAdapter?

        /// A prompt and the tokens after it, of which each one's distribution is wanted.
        init(prompt: [Int], continuation: [Int], adapter: PackedAdapter? = nil) {
            tokens = prompt + continuation.dropLast()
            firstWanted = prompt.count - 1
            promptCount = prompt.count
            self.adapter = adapter
        }
    }

    let model: Transformer
    let tokensPerPage: Int
    let memory: PageMemory
    private let bytes: UnsafeMutableRawPointer
    private var next: Int32 = 0

    init(_ model: Transformer, tokensPerPage: Int = 16, pageCount: Int) {
        self.model = model
        self.tokensPerPage = tokensPerPage
        let pageBytes = model.pageBytes(tokensPerPage: tokensPerPage)
        bytes = .allocate(byteCount: pageBytes * pageCount, alignment: 64)
        // A page's old contents must not matter: 0xff is NaN in f16 and f32.
        bytes.initializeMemory(as: UInt8.self, repeating: 0xff, count: pageBytes * pageCount)
        memory = PageMemory(base: bytes, pageBytes: pageBytes, pageCount: pageCount)
    }

    deinit { bytes.deallocate() }

    /// Pages backwards and with gaps, so that nothing works by being neighbours.
    func page() -> Int32 {
        next += 1
        precondition(Int(next) <= memory.pageCount, "the test's pool is too small")
        return Int32(memory.pageCount) - next
    }

    func pack(_ weights: AdapterWeights) -> PackedAdapter {
        let layout = AdapterLayout(
            shapes: weights.modules.map(\.shape), element: model.adapterElement, pageBytes: memory.pageBytes)!
        let adapter = PackedAdapter(layout: layout, pages: (0..<layout.pageCount).map { _ in page() })
        for (index, module) in weights.modules.enumerated() {
            module.a.withUnsafeBufferPointer { a in
                module.bTransposed.withUnsafeBufferPointer { b in
                    adapter.write(index, a: a, bTransposed: b, memory: memory)
                }
            }
        }
        return adapter
    }

    /// Runs all scripts together, in their order, prompts in pieces of `chunk`. Answers with the wanted rows'
    /// natural-log probabilities by script.
    func run(_ scripts: [Script], chunk: Int = .max) -> [[[Float]]] {
        var done = scripts.map { _ in 0 }
        var pages: [[Int32]] = scripts.map { _ in [] }
        var answers: [[[Float]]] = scripts.map { _ in [] }
        while true {
            var tokens: [Int32] = []
            var slices: [StepBatch.Slice] = []
            var segments: [StepBatch.Segment] = []
            var wanted: [Int] = []
            var owners: [Int] = []
            for (index, script) in scripts.enumerated() where done[index] < script.tokens.count {
                let first = done[index]
                let left = script.promptCount - first
                let count = left > 0 ? min(left, chunk) : 1
                while pages[index].count * tokensPerPage < first + count { pages[index].append(page()) }
                let row = tokens.count
                slices.append(
                    StepBatch.Slice(firstRow: row, rowCount: count, firstPosition: first, pages: pages[index]))
                segments.append(StepBatch.Segment(firstRow: row, rowCount: count, adapter: script.adapter))
                for position in first..<first + count {
                    if position >= script.firstWanted {
                        wanted.append(tokens.count)
                        owners.append(index)
                    }
                    tokens.append(Int32(script.tokens[position]))
                }
                done[index] += count
            }
            if tokens.isEmpty { return answers }
            let batch = StepBatch(tokens: tokens, slices: slices, segments: segments, outputRows: wanted)
            model.run(batch, memory: memory, tokensPerPage: tokensPerPage) { index, logits in
                answers[owners[index]].append(logProbabilities(Array(logits)))
            }
        }
    }

    private func logProbabilities(_ logits: [Float]) -> [Float] {
        let largest = logits.max() ?? 0
        let sum = logits.reduce(0.0) { $0 + exp(Double($1 - largest)) }
        let shift = largest + Float(log(sum))
        return logits.map { $0 - shift }
    }
}
