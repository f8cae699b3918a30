import CKernels
import TestSupport
import Testing

/// LoRA's two products against plain loops: every count of vectors around the kernels' tiles, odd ranks and widths.
@Suite struct LowRankKernelTests {
    private func random(_ count: Int, _ seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    static let vectorCounts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33]

    @Test(arguments: [1, 3, 8, 13, 16, 17, 64], vectorCounts) func shrinkIsTheScaledProduct(_ rank: Int, _ vectors: Int)
    {
        // With many vectors panels of 1,024 columns pass one after the other.
        for width in [1, 15, 16, 63, 64, 100, 250] + (rank > 8 ? [] : [1024, 1025, 1040, 2100]) {
            let halves = random(rank * width, 1).map { Float16($0) }
            let (xStride, tStride) = (width + 3, rank + 2)
            let x = random(vectors * xStride, 2)
            var fromHalves = [Float](repeating: 7, count: vectors * tStride)
            var fromFloats = fromHalves
            var narrow = fromHalves
            deck_shrink_f16(halves.map(\.bitPattern), rank, width, x, xStride, vectors, 0.5, &fromHalves, tStride)
            deck_shrink_f32(halves.map { Float($0) }, rank, width, x, xStride, vectors, 0.5, &fromFloats, tStride)
            deck_shrink_f16_narrow(halves.map(\.bitPattern), rank, width, x, xStride, vectors, 0.5, &narrow, tStride)
            #expect(fromHalves == fromFloats)
            for vector in 0..<vectors {
                for row in 0..<tStride {
                    var sum = row < rank ? 0.0 : 14.0
                    if row < rank {
                        for column in 0..<width {
                            sum += Double(halves[row * width + column]) * Double(x[vector * xStride + column])
                        }
                    }
                    let bound = 1e-5 * max(1, Double(width) / 250)
                    #expect(abs(Double(fromFloats[vector * tStride + row]) - 0.5 * sum) < bound)
                    #expect(abs(Double(narrow[vector * tStride + row]) - 0.5 * sum) < bound)
                }
            }
        }
    }

    /// Some columns of a wider matrix, as a product's unit takes them.
    @Test(arguments: [0, 5, 16, 48], vectorCounts) func expandOfSomeColumns(_ first: Int, _ vectors: Int) {
        let (rank, width, columns) = (20, 130, 80)
        let halves = random(rank * width, 6).map { Float16($0) }
        let t = random(vectors * rank, 7)
        let before = random(vectors * width, 8)
        var whole = before
        deck_expand_f16(halves.map(\.bitPattern), width, rank, width, t, rank, vectors, &whole, width)
        var part = before
        halves.map(\.bitPattern).withUnsafeBufferPointer { b in
            part.withUnsafeMutableBufferPointer { y in
                deck_expand_f16(
                    b.baseAddress! + first, width, rank, columns, t, rank, vectors, y.baseAddress! + first, width)
            }
        }
        for vector in 0..<vectors {
            for column in 0..<width {
                let at = vector * width + column
                let isTaken = (first..<first + columns).contains(column)
                if isTaken { #expect(abs(part[at] - whole[at]) < 1e-5) } else { #expect(part[at] == before[at]) }
            }
        }
    }

    // 64 rank rows are one panel of an expand.
    @Test(arguments: [1, 3, 8, 13, 16, 17, 64, 65, 140], vectorCounts) func expandAddsTheProduct(
        _ rank: Int, _ vectors: Int
    ) {
        for width in [1, 15, 16, 63, 64, 100, 250] {
            let halves = random(rank * width, 3).map { Float16($0) }
            let (tStride, yStride) = (rank + 2, width + 3)
            let t = random(vectors * tStride, 4)
            let before = random(vectors * yStride, 5)
            var fromHalves = before
            var fromFloats = before
            var narrow = before
            deck_expand_f16(halves.map(\.bitPattern), width, rank, width, t, tStride, vectors, &fromHalves, yStride)
            deck_expand_f32(halves.map { Float($0) }, width, rank, width, t, tStride, vectors, &fromFloats, yStride)
            deck_expand_f16_narrow(halves.map(\.bitPattern), width, rank, width, t, tStride, vectors, &narrow, yStride)
            #expect(fromHalves == fromFloats)
            for vector in 0..<vectors {
                for column in 0..<yStride {
                    var sum = Double(before[vector * yStride + column])
                    if column < width {
                        for row in 0..<rank {
                            sum += Double(t[vector * tStride + row]) * Double(halves[row * width + column])
                        }
                    }
                    #expect(abs(Double(fromFloats[vector * yStride + column]) - sum) < 2e-5)
                    #expect(abs(Double(narrow[vector * yStride + column]) - sum) < 2e-5)
                }
            }
        }
    }
}
