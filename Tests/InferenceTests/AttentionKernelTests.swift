import CKernels
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Inference

/// Paged attention in passes and parts against a plain softmax, with windows, ragged pages and rubbish in unused places.
@Suite struct AttentionKernelTests {
    struct Shape: Sendable {
        let headSize: Int
        let pageTokens: Int
        let tokens: Int
        let rows: Int
        let heads: Int
        let window: Int
    }

    static let shapes: [Shape] =
        [1, 15, 16, 17, 300].flatMap { tokens in
            [(64, 16), (16, 5), (20, 24), (128, 64), (7, 8), (32, 16)].map { headSize, pageTokens in
                let rows = [1, 2, 9, 40][(tokens + headSize) % 4]
                return Shape(
                    headSize: headSize, pageTokens: pageTokens, tokens: tokens, rows: min(rows, tokens),
                    heads: [1, 3, 5][headSize % 3], window: [0, 6, 150][(tokens + pageTokens) % 3])
            }
        } + [Shape(headSize: 64, pageTokens: 16, tokens: 4000, rows: 1, heads: 3, window: 0)]

    @Test(arguments: shapes) func pagesGiveWhatOneSoftmaxGives(_ shape: Shape) {
        var generator = SeededGenerator(seed: 11)
        func random(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float(Float16.random(in: -2...2, using: &generator)) }
        }
        let size = shape.headSize
        let keys = random(shape.tokens * size)
        let values = random(shape.tokens * size)
        let queries = random(shape.rows * shape.heads * size)
        let whole = attend(shape, queries, keys, values, asHalves: false, cuts: [])
        #expect(attend(shape, queries, keys, values, asHalves: true, cuts: []) == whole)
        let cuts = [16, 32, 160].filter { $0 > lookedBack(shape) && $0 < shape.tokens }
        let split = attend(shape, queries, keys, values, asHalves: true, cuts: cuts)

        for query in 0..<shape.rows * shape.heads {
            let position = shape.tokens - shape.rows + query / shape.heads
            let first = shape.window > 0 ? max(0, position + 1 - shape.window) : 0
            let scores = (first...position).map { token in
                (0..<size).reduce(0.0) {
                    $0 + 0.3 * Double(queries[query * size + $1]) * Double(keys[token * size + $1])
                }
            }
            let exponentials = scores.map { exp($0 - scores.max()!) }
            let total = exponentials.reduce(0, +)
            for index in 0..<size {
                let expected = zip(first...position, exponentials).reduce(0.0) {
                    $0 + $1.1 / total * Double(values[$1.0 * size + index])
                }
                #expect(abs(Double(whole[query * size + index]) - expected) < 2e-5)
                #expect(abs(Double(split[query * size + index]) - expected) < 2e-5)
            }
        }
    }

    /// First token that any row sees, on a multiple of sixteen.
    private func lookedBack(_ shape: Shape) -> Int {
        shape.window > 0 ? max(0, shape.tokens - shape.rows + 1 - shape.window) & ~15 : 0
    }

    /// Lays keys and values into pages as `KVLayout` says, NaN everywhere else, and runs the kernel over them.
    private func attend(
        _ shape: Shape, _ queries: [Float], _ keys: [Float], _ values: [Float], asHalves: Bool, cuts: [Int]
    ) -> [Float] {
        let (size, page) = (shape.headSize, shape.pageTokens)
        let count = (shape.tokens + page - 1) / page
        // Backwards, so that nothing works by being neighbours.
        let pages = (0..<count).map { Int32(count - 1 - $0) }
        var pool = [Float](repeating: .nan, count: count * 2 * size * page)
        for token in 0..<shape.tokens {
            let base = Int(pages[token / page]) * 2 * size * page
            for index in 0..<size {
                pool[base + index * page + token % page] = keys[token * size + index]
                pool[base + size * page + token % page * size + index] = values[token * size + index]
            }
        }
        let halves = pool.map { Float16($0) }
        let element = asHalves ? 2 : 4
        let width = shape.heads * size
        let partFloats = shape.rows * shape.heads * (size + 2)
        let bounds = [lookedBack(shape)] + cuts + [shape.tokens]
        var parts = [Float](repeating: .nan, count: partFloats * (bounds.count - 1))
        var work = [Float](repeating: .nan, count: deck_attention_floats(shape.rows * shape.heads, size))
        var result = [Float](repeating: .nan, count: shape.rows * width)
        func run(_ memory: UnsafeRawBufferPointer) {
            pages.withUnsafeBufferPointer { pages in
                queries.withUnsafeBufferPointer { queries in
                    var state = deck_attention(
                        base: memory.baseAddress, page_bytes: 2 * size * page * element, pages: pages.baseAddress,
                        page_tokens: page, keys: 0, values: size * page * element, queries: queries.baseAddress,
                        query_stride: width, factor: 0.3, rows: shape.rows, heads: shape.heads, head_size: size,
                        first_position: Int32(shape.tokens - shape.rows), window: Int32(shape.window))
                    parts.withUnsafeMutableBufferPointer { parts in
                        for index in 0..<bounds.count - 1 {
                            let part = parts.baseAddress! + index * partFloats
                            if asHalves {
                                deck_attend_f16(&state, bounds[index], bounds[index + 1], &work, part)
                            } else {
                                deck_attend_f32(&state, bounds[index], bounds[index + 1], &work, part)
                            }
                        }
                        deck_attention_merge(&state, parts.baseAddress, bounds.count - 1, &result, width)
                    }
                }
            }
        }
        if asHalves { halves.withUnsafeBytes(run) } else { pool.withUnsafeBytes(run) }
        return result
    }

    /// Every (block, head) sees each of its tokens once, whatever the batch; long contexts are cut, short ones are not.
    @Test(arguments: 0..<100) func plansCoverEveryTokenOnce(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let config = try TinyModel(["tiny-llama3", "tiny-mistral"][seed % 2]).config
        var blocks: [StepRows.Block] = []
        for slice in 0..<Int.random(in: 1...9, using: &generator) {
            let rows = Bool.random(using: &generator) ? 1 : Int.random(in: 1...40, using: &generator)
            let position = Int.random(in: 0...6000, using: &generator)
            blocks.append(StepRows.Block(slice: slice, firstRow: 0, rowCount: rows, firstPosition: position))
        }
        let threads = Int.random(in: 1...5, using: &generator)
        var plan = AttentionPlan()
        plan.fill(blocks, config, threads: threads)
        for (index, block) in blocks.enumerated() {
            let end = block.firstPosition + block.rowCount
            let start = config.slidingWindow.map { max(0, block.firstPosition + 1 - $0) } ?? 0
            for head in 0..<config.kvHeadCount {
                let units = plan.units.filter { $0.block == index && $0.kvHead == head }
                var next = start & ~15
                for unit in units {
                    #expect(unit.tokens.lowerBound == next && !unit.tokens.isEmpty && next % 16 == 0)
                    next = unit.tokens.upperBound
                }
                #expect(next == end)
                let join = plan.joins.first { $0.block == index && $0.kvHead == head }
                #expect((join?.count ?? 1) == units.count)
                if let join {
                    let floats = AttentionLoop.partFloats(
                        queries: block.rowCount * config.headCount / config.kvHeadCount, config)
                    #expect(units.enumerated().allSatisfy { $1.part == join.part + $0 * floats })
                    #expect(join.part + join.count * floats <= plan.partFloats)
                } else {
                    #expect(units.allSatisfy { $0.part == nil })
                }
            }
        }
        if threads == 1 { #expect(plan.joins.isEmpty) }
        if threads > 1, blocks.count == 1, config.slidingWindow == nil, blocks[0].firstPosition > 1000 {
            #expect(!plan.joins.isEmpty)
        }
    }
}
