/// ‖scale·B·A‖ (Frobenius) without forming B·A: its square is scale² · Σ (A·Aᵀ)ᵢⱼ (Bᵀ·B)ᵢⱼ over the rank's Gram matrices.
enum UpdateNorm {
    /// `a` is [rank × inputSize], `bTransposed` is [rank × outputSize].
    static func frobenius(
        a: UnsafeBufferPointer<Float>, bTransposed: UnsafeBufferPointer<Float>, rank: Int, scale: Float
    ) -> Double {
        let inputSize = a.count / rank
        let outputSize = bTransposed.count / rank
        var sum = 0.0
        for row in 0..<rank {
            for column in 0...row {
                let left = dot(a, row * inputSize, column * inputSize, count: inputSize)
                let right = dot(bTransposed, row * outputSize, column * outputSize, count: outputSize)
                sum += (row == column ? 1 : 2) * Double(left) * Double(right)
            }
        }
        return abs(Double(scale)) * max(0, sum).squareRoot()
    }

    private static func dot(
        _ rows: UnsafeBufferPointer<Float>, _ first: Int, _ second: Int, count: Int
    ) -> Float {
        guard count > 0, let base = rows.baseAddress else { return 0 }
        let left = UnsafeRawPointer(base + first)
        let right = UnsafeRawPointer(base + second)
        var lanes = SIMD8<Float>.zero
        var index = 0
        while index + 8 <= count {
            lanes +=
                left.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self)
                * right.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self)
            index += 8
        }
        var sum = lanes.sum()
        while index < count {
            sum += rows[first + index] * rows[second + index]
            index += 1
        }
        return sum
    }
}
