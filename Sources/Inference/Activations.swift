import CKernels

/// The rows that a linear layer multiplies: in f32, and, where the weights are repacked, quantised to 8 bits by blocks of
/// 32 with an f32 scale each (as llama.cpp's Q8_1), their largest numbers as escapes (see `deck_escape`).
struct Activations: BitwiseCopyable {
    /// [rows × columns], `columns` apart
    let floats: UnsafePointer<Float>
    let columns: Int
    /// Nil when the weights stand as in their file.
    let quantised: QuantisedRows?
}

/// Room for a step's quantised rows of one width.
struct QuantisedRows: BitwiseCopyable {
    /// [rows × columns]
    let values: UnsafeMutablePointer<Int8>
    /// [rows × factorStride]: see `deck_quantise`
    let factors: UnsafeMutablePointer<Float>
    let columns: Int

    /// Scales, sums and escapes of a row.
    var factorStride: Int { Self.factors(columns) }

    static func factors(_ columns: Int) -> Int { deck_quant_factors(columns / Int(DECK_QUANT_BLOCK)) }

    /// Quantises one row of `columns` numbers into its place.
    func store(_ x: UnsafePointer<Float>, row: Int) {
        deck_quantise(x, columns, values + row * columns, factors + row * factorStride)
    }

    /// Bytes for rows of `columns`, in floats.
    static func floats(rows: Int, columns: Int) -> Int { rows * (columns / 4 + factors(columns)) }
}
