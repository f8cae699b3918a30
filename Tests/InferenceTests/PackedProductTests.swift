import CKernels
import ModelFiles
import TestSupport
import Testing

@testable import Inference

/// Integer products over repacked weights, on every instruction set of this machine, against decoded weights and plain
/// loops in double precision.
@Suite struct PackedProductTests {
    static let sets = [DECK_PORTABLE, DECK_AVX2, DECK_AVX512_VNNI, DECK_NEON_DOT].filter { deck_runs($0) }
    static let types: [TensorType] = [
        .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K,
    ]

    /// Quantised rows with room of their own, and what they stand for.
    private struct Rows {
        let columns: Int
        let count: Int
        var values: [Int8]
        var factors: [Float]

        init(_ x: [Float], columns: Int) {
            self.columns = columns
            count = x.count / columns
            let stride = QuantisedRows.factors(columns)
            values = Array(repeating: 0, count: x.count)
            factors = Array(repeating: .nan, count: count * stride)
            for row in 0..<count {
                let part = Array(x[row * columns..<(row + 1) * columns])
                values.withUnsafeMutableBufferPointer { values in
                    factors.withUnsafeMutableBufferPointer { factors in
                        deck_quantise(
                            part, columns, values.baseAddress! + row * columns, factors.baseAddress! + row * stride)
                    }
                }
            }
        }

        var stride: Int { factors.count / count }

        /// The numbers that a row's bytes stand for.
        func decoded(_ row: Int) -> [Double] {
            let blocks = columns / 32
            var result = (0..<columns).map {
                Double(values[row * columns + $0]) * Double(factors[row * stride + $0 / 32])
            }
            factors[(row * stride + 4 * blocks)..<((row + 1) * stride)].withUnsafeBytes { bytes in
                for escape in bytes.bindMemory(to: deck_escape.self) {
                    let high = [escape.high.0, escape.high.1, escape.high.2, escape.high.3]
                    for (index, value) in high.enumerated() {
                        result[Int(escape.group) * 4 + index] += Double(value) * Double(escape.factor)
                    }
                }
            }
            return result
        }
    }

    private func numbers(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in
            let value = Float.random(in: -1...1, using: &generator)
            // Outliers, as a hidden state has them.
            return UInt8.random(in: 0...255, using: &generator) == 0 ? value * 50 : value
        }
    }

    @Test(arguments: types) func everySetAgreesWithPlainLoops(_ type: TensorType) {
        var generator = SeededGenerator(seed: UInt64(type.rawValue) + 1)
        let columns = type.blockValues * (type.blockValues == 32 ? 19 : 3)
        let rows = 37
        let bytes = RandomBlocks.rows(type, rows: rows, columns: columns, seed: 5)
        let rowBytes = bytes.count / rows
        var shape = deck_packed()
        #expect(deck_packed_shape(type.rawValue, rows, columns, &shape))
        let panels = PackedMatrix.panelCount(shape)
        #expect(panels == 3)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: PackedMatrix.byteCount(shape))
        defer { memory.deallocate() }
        // In two parts, the later first: units of a team come in any order.
        #expect(deck_pack(type.rawValue, &shape, bytes, rowBytes, 2, 1, memory))
        #expect(deck_pack(type.rawValue, &shape, bytes, rowBytes, 0, 2, memory))
        shape.panels = UnsafePointer(memory)
        var weights = [Float](repeating: 0, count: rows * columns)
        #expect(deck_decode(type.rawValue, bytes, rows * columns, &weights))
        for vectors in [1, 2, 5, 7, 12, 13, 33] {
            let x = Rows(numbers(vectors * columns, &generator), columns: columns)
            let start = numbers(vectors * 40, &generator)
            for set in Self.sets {
                var y = start
                deck_packed_product(set, &shape, 0, panels, x.values, x.factors, vectors, &y, 40, true, nil)
                for vector in 0..<vectors {
                    let decoded = x.decoded(vector)
                    for row in 0..<40 {
                        guard row < rows else {
                            #expect(y[vector * 40 + row] == start[vector * 40 + row], "past the last row")
                            continue
                        }
                        var expected = Double(start[vector * 40 + row])
                        var size = 1.0
                        for column in 0..<columns {
                            let product = Double(weights[row * columns + column]) * decoded[column]
                            expected += product
                            size += abs(product)
                        }
                        // K-quants' scales are rounded to half precision.
                        let bar = type.blockValues == 32 ? 2e-6 : 5e-4
                        let error = abs(Double(y[vector * 40 + row]) - expected)
                        #expect(error <= bar * size, "\(set) \(type) row \(row) of \(vectors)")
                    }
                }
            }
        }
    }

    @Test func partsOfTheRowsGiveTheSameAsAll() {
        var generator = SeededGenerator(seed: 77)
        let bytes = RandomBlocks.rows(.q4_1, rows: 64, columns: 64, seed: 9)
        var shape = deck_packed()
        #expect(deck_packed_shape(TensorType.q4_1.rawValue, 64, 64, &shape))
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: PackedMatrix.byteCount(shape))
        defer { memory.deallocate() }
        #expect(deck_pack(TensorType.q4_1.rawValue, &shape, bytes, bytes.count / 64, 0, 4, memory))
        shape.panels = UnsafePointer(memory)
        let x = Rows(numbers(3 * 64, &generator), columns: 64)
        for set in Self.sets {
            var whole = [Float](repeating: 9, count: 3 * 64)
            var parts = whole
            deck_packed_product(set, &shape, 0, 4, x.values, x.factors, 3, &whole, 64, false, nil)
            deck_packed_product(set, &shape, 3, 1, x.values, x.factors, 3, &parts, 64, false, nil)
            deck_packed_product(set, &shape, 0, 3, x.values, x.factors, 3, &parts, 64, false, nil)
            #expect(whole == parts)
            // Looking ahead changes nothing, wherever the ranges begin and end.
            let ranges = [64, 0, 4096].map { deck_range(start: memory, bytes: $0) }
            ranges.withUnsafeBufferPointer { ranges in
                for offset in [0, 64, 100, 4160, 9000] {
                    var ahead = deck_ahead(
                        ranges: ranges.baseAddress, count: ranges.count, offset: offset, bytes: 1 << 20)
                    deck_packed_product(set, &shape, 0, 4, x.values, x.factors, 3, &parts, 64, false, &ahead)
                    #expect(whole == parts)
                }
            }
        }
    }

    @Test func quantisedRowsKeepOutliersAndTheRest() {
        var generator = SeededGenerator(seed: 3)
        for columns in [32, 64, 576, 1536] {
            var x = (0..<columns).map { _ in Float.random(in: -1...1, using: &generator) }
            // As many outliers as there are escapes: none may cost its neighbours their precision.
            for escape in 0..<(columns / 32 + 15) / 16 { x[escape * 64 + 7 - escape] = escape % 2 == 0 ? 90 : -120 }
            let rows = Rows(x, columns: columns)
            for (original, decoded) in zip(x, rows.decoded(0)) {
                let bar = abs(original) > 50 ? Double(abs(original)) / 10000 : 1.0 / 120
                #expect(abs(Double(original) - decoded) <= bar, "\(columns): \(original)")
            }
            let blocks = columns / 32
            for block in 0..<blocks {
                let sum = rows.decoded(0)[block * 32..<(block + 1) * 32].reduce(0, +)
                #expect(abs(Double(rows.factors[blocks + block]) - sum) <= 1e-5 * (1 + abs(sum)))
            }
        }
        #expect(Rows([Float](repeating: 0, count: 64), columns: 64).decoded(0) == [Double](repeating: 0, count: 64))
    }

    @Test func whatCannotBePackedIsLeft() {
        var shape = deck_packed()
        #expect(!deck_packed_shape(TensorType.f16.rawValue, 16, 64, &shape))
        #expect(!deck_packed_shape(TensorType.q4_K.rawValue, 16, 128, &shape))
        // The largest half times a K-quant's small factor is no half any more.
        var bytes = [UInt8](repeating: 0x11, count: TensorType.q6_K.blockBytes * 16)
        for row in 0..<16 {
            bytes[row * TensorType.q6_K.blockBytes + 208] = 0xff
            bytes[row * TensorType.q6_K.blockBytes + 209] = 0x7b
        }
        #expect(deck_packed_shape(TensorType.q6_K.rawValue, 16, 256, &shape))
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: PackedMatrix.byteCount(shape))
        defer { memory.deallocate() }
        #expect(!deck_pack(TensorType.q6_K.rawValue, &shape, bytes, TensorType.q6_K.blockBytes, 0, 1, memory))
    }
}
