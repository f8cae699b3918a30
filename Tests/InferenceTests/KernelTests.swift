import CKernels
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Inference

/// The vector kernels against plain loops, on odd shapes and unaligned memory.
@Suite struct KernelTests {
    struct QuantGolden: Decodable {
        let type: UInt32
        let bytes: Data
        let values: [Float]

        enum CodingKeys: String, CodingKey {
            case type = "ggml_type"
            case bytes
            case values
        }
    }

    private func random(_ count: Int, _ seed: UInt64, scale: Float = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float.random(in: -scale...scale, using: &generator) }
    }

    private func decode(_ type: UInt32, _ bytes: [UInt8], count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            #expect(deck_decode(type, bytes, count, buffer.baseAddress!))
            initialized = count
        }
    }

    @Test func everyQuantTypeDecodesToItsGoldenValues() throws {
        let goldens: [QuantGolden] = try Fixture.golden("quants.json")
        #expect(goldens.count == 10)
        for golden in goldens {
            let ours = decode(golden.type, [UInt8](golden.bytes), count: golden.values.count)
            for (mine, theirs) in zip(ours, golden.values) {
                #expect(abs(mine - theirs) <= abs(theirs) * 2e-7 + 1e-12, "type \(golden.type)")
            }
        }
    }

    @Test func anUnknownTypeIsRefused() {
        var target: [Float] = [1]
        #expect(!deck_decode(9, [0, 0], 1, &target))
        #expect(target == [1])
        #expect(!deck_product(9, [0, 0], 2, 1, 1, [1], 1, 1, &target, 1, false))
    }

    @Test(arguments: TensorType.allCases) func productOfPackedRows(_ type: TensorType) {
        let columnCounts =
            type.blockValues == 1 ? [1, 15, 16, 31, 60, 100, 576] : [type.blockValues, 3 * type.blockValues]
        for columns in columnCounts {
            for vectors in 1...Int(DECK_PRODUCT_VECTORS) {
                let rows = 5
                let rowBytes = columns / type.blockValues * type.blockBytes
                let bytes = RandomBlocks.rows(type, rows: rows, columns: columns, seed: UInt64(columns * 10 + vectors))
                let values = decode(type.rawValue, bytes, count: rows * columns)
                let xStride = columns + 3
                let x = random(vectors * xStride, 7)
                let yStride = rows + 2
                let before = random(vectors * yStride, 8)
                for accumulates in [false, true] {
                    var y = before
                    #expect(
                        deck_product(
                            type.rawValue, bytes, rowBytes, rows, columns, x, xStride, vectors, &y, yStride, accumulates
                        ))
                    for vector in 0..<vectors {
                        for row in 0..<rows {
                            var sum = accumulates ? Double(before[vector * yStride + row]) : 0
                            var size = abs(sum)
                            for column in 0..<columns {
                                let term = Double(values[row * columns + column]) * Double(x[vector * xStride + column])
                                sum += term
                                size += abs(term)
                            }
                            let cell = Double(y[vector * yStride + row])
                            #expect(abs(cell - sum) <= 1e-6 * size + 1e-7, "\(type) \(columns)x\(vectors)")
                        }
                        #expect(y[vector * yStride + rows] == before[vector * yStride + rows])
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 5, 16, 50]) func normsAndGates(_ count: Int) {
        let x = random(count, 4, scale: 30)
        let weight = random(count, 5)
        var normed = [Float](repeating: 0, count: count)
        deck_rms_norm(x, weight, count, 1e-5, &normed)
        let mean = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
        var gated = x
        deck_silu_multiply(&gated, weight, count)
        for index in 0..<count {
            let value = Double(x[index])
            let norm = value / (mean + 1e-5).squareRoot() * Double(weight[index])
            let gate = value / (1 + exp(-value)) * Double(weight[index])
            #expect(abs(Double(normed[index]) - norm) <= 2e-6 * abs(norm))
            #expect(abs(Double(gated[index]) - gate) <= 2e-6 * abs(gate) + 1e-9)
        }
    }

    @Test func rotationsPairDimensionsAsNamed() {
        let half = 3
        let angles: [Float] = [0.3, 1.1, -2]
        let cosines = angles.map { cos($0) }
        let sines = angles.map { sin($0) }
        let x = random(4 * half, 6)
        var halves = x
        var interleaved = x
        deck_rotate_halves(&halves, 2, half, cosines, sines)
        deck_rotate_interleaved(&interleaved, 2, half, cosines, sines)
        for head in 0..<2 {
            for index in 0..<half {
                func rotated(_ first: Int, _ second: Int) -> (Float, Float) {
                    let (a, b) = (x[head * 2 * half + first], x[head * 2 * half + second])
                    return (a * cosines[index] - b * sines[index], a * sines[index] + b * cosines[index])
                }
                let (a, b) = rotated(index, index + half)
                #expect(abs(halves[head * 2 * half + index] - a) < 1e-6)
                #expect(abs(halves[head * 2 * half + index + half] - b) < 1e-6)
                let (c, d) = rotated(2 * index, 2 * index + 1)
                #expect(abs(interleaved[head * 2 * half + 2 * index] - c) < 1e-6)
                #expect(abs(interleaved[head * 2 * half + 2 * index + 1] - d) < 1e-6)
            }
        }
    }

    @Test(arguments: [1, 20, 33]) func halvesAreRoundedAndKeptInRange(_ count: Int) {
        var x = random(count, 9, scale: 100)
        x[0] = 1e9
        for stride in [1, 5] {
            var target = [UInt16](repeating: 0x1234, count: count * stride)
            deck_store_f16(x, count, 0.5, &target, stride)
            #expect(Float16(bitPattern: target[0]) == .greatestFiniteMagnitude)
            for index in 1..<max(1, count) { #expect(target[index * stride] == Float16(x[index] * 0.5).bitPattern) }
            if stride > 1 { #expect(target[1] == 0x1234) }
        }
    }
}
