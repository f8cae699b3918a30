import CKernels
import Foundation
import TestSupport
import Testing

/// The online softmax over pages against a plain one, with windows, ragged pages and rubbish in unused places.
@Suite struct AttentionKernelTests {
    struct Shape: Sendable {
        let headSize: Int
        let pageTokens: Int
        let tokens: Int
        let queries: Int
        let window: Int
    }

    static let shapes = [
        Shape(headSize: 64, pageTokens: 16, tokens: 40, queries: 3, window: 0),
        Shape(headSize: 20, pageTokens: 16, tokens: 1, queries: 1, window: 0),
        Shape(headSize: 16, pageTokens: 5, tokens: 23, queries: 9, window: 0),
        Shape(headSize: 32, pageTokens: 24, tokens: 70, queries: 11, window: 6),
        Shape(headSize: 128, pageTokens: 64, tokens: 65, queries: 17, window: 30),
    ]

    @Test(arguments: shapes) func pagesGiveWhatOneSoftmaxGives(_ shape: Shape) {
        var generator = SeededGenerator(seed: 11)
        func random(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float(Float16.random(in: -2...2, using: &generator)) }
        }
        let size = shape.headSize
        let keys = random(shape.tokens * size)
        let values = random(shape.tokens * size)
        let queries = random(shape.queries * size).map { $0 * 0.3 }
        // The last query sits on the last token, the others before it.
        let positions = (0..<shape.queries).map { Int32(max(0, shape.tokens - shape.queries + $0)) }
        let halfResult = attend(shape, queries, positions, keys, values, asHalves: true)
        let result = attend(shape, queries, positions, keys, values, asHalves: false)
        #expect(halfResult == result)

        for query in 0..<shape.queries {
            let position = Int(positions[query])
            let first = shape.window > 0 ? max(0, position + 1 - shape.window) : 0
            let scores = (first...position).map { token in
                (0..<size).reduce(0.0) { $0 + Double(queries[query * size + $1]) * Double(keys[token * size + $1]) }
            }
            let exponentials = scores.map { exp($0 - scores.max()!) }
            let total = exponentials.reduce(0, +)
            for index in 0..<size {
                let expected = zip(first...position, exponentials).reduce(0.0) {
                    $0 + $1.1 / total * Double(values[$1.0 * size + index])
                }
                #expect(abs(Double(result[query * size + index]) - expected) < 2e-5)
            }
        }
    }

    /// Lays keys and values into pages as `KVLayout` says, NaN everywhere else, and runs the kernel over them.
    private func attend(
        _ shape: Shape, _ queries: [Float], _ positions: [Int32], _ keys: [Float], _ values: [Float], asHalves: Bool
    ) -> [Float] {
        let (size, page) = (shape.headSize, shape.pageTokens)
        let span = (page + 15) / 16 * 16
        var positions = positions
        var queries = queries
        var sums = [Float](repeating: 0, count: shape.queries * size)
        var scores = [Float](repeating: .nan, count: shape.queries * span)
        var largest = [Float](repeating: -.infinity, count: shape.queries)
        var total = [Float](repeating: 0, count: shape.queries)
        queries.withUnsafeMutableBufferPointer { queries in
            positions.withUnsafeMutableBufferPointer { positions in
                sums.withUnsafeMutableBufferPointer { sums in
                    scores.withUnsafeMutableBufferPointer { scores in
                        largest.withUnsafeMutableBufferPointer { largest in
                            total.withUnsafeMutableBufferPointer { total in
                                var state = deck_attention(
                                    queries: queries.baseAddress, positions: positions.baseAddress,
                                    window: Int32(shape.window), count: shape.queries, head_size: size,
                                    scores: scores.baseAddress, sums: sums.baseAddress, largest: largest.baseAddress,
                                    total: total.baseAddress)
                                for first in stride(from: 0, to: shape.tokens, by: page) {
                                    let count = min(page, shape.tokens - first)
                                    var k = [Float](repeating: .nan, count: size * page)
                                    var v = [Float](repeating: .nan, count: size * page)
                                    for token in 0..<count {
                                        for index in 0..<size {
                                            k[index * page + token] = keys[(first + token) * size + index]
                                            v[token * size + index] = values[(first + token) * size + index]
                                        }
                                    }
                                    if asHalves {
                                        deck_attend_f16(
                                            &state, k.map { Float16($0).bitPattern }, v.map { Float16($0).bitPattern },
                                            page,
                                            count, Int32(first))
                                    } else {
                                        deck_attend_f32(&state, k, v, page, count, Int32(first))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return (0..<sums.count).map { sums[$0] / total[$0 / size] }
    }
}
