/// The Frobenius norm of scale·B·A, without forming the product: ‖BA‖² is the sum over the elementwise product of the two
/// rank × rank Gram matrices AAᵀ and BᵀB. `a` is [rank × in], `b` is B transposed, [rank × out], as `AdapterContent.read`
/// hands them over.
public func updateNorm(
    a: UnsafeBufferPointer<Float>, b: UnsafeBufferPointer<Float>, rank: Int, in inputSize: Int, out outputSize: Int,
    scale: Float
) -> Double {
    precondition(a.count >= rank * inputSize && b.count >= rank * outputSize, "A and Bᵀ hold rank rows")
    var sum = 0.0
    for row in 0..<rank {
        for column in 0...row {
            let product =
                dot(a, row * inputSize, column * inputSize, inputSize)
                * dot(b, row * outputSize, column * outputSize, outputSize)
            sum += row == column ? product : 2 * product
        }
    }
    return Double(abs(scale)) * max(0, sum).squareRoot()
}

/// Eight running sums, added in double precision.
private func dot(_ values: UnsafeBufferPointer<Float>, _ left: Int, _ right: Int, _ count: Int) -> Double {
    var sums = SIMD8<Float>()
    var index = 0
    let raw = UnsafeRawBufferPointer(values)
    while index + 8 <= count {
        let x = raw.loadUnaligned(fromByteOffset: 4 * (left + index), as: SIMD8<Float>.self)
        let y = raw.loadUnaligned(fromByteOffset: 4 * (right + index), as: SIMD8<Float>.self)
        sums += x * y
        index += 8
    }
    var sum = sums.indices.reduce(0.0) { $0 + Double(sums[$1]) }
    while index < count {
        sum += Double(values[left + index]) * Double(values[right + index])
        index += 1
    }
    return sum
}
