/// Reading plain tensors as float32. Quantised types are the inference room's business.
///
/// Bytes are read unaligned: safetensors files do not align their tensors.
extension TensorView {
    /// Whether `read(rows:into:)` and `floats(row:)` can read this tensor (f32, f16 and bf16).
    public var isPlain: Bool { type.blockValues == 1 }

    /// One row as float32. Throws for a quantised tensor and for a row that is not there.
    public func floats(row: Int) throws(ModelFileError) -> [Float] {
        guard row >= 0, row < rows else {
            throw ModelFileError(path: name, "row \(row) was asked for, but there are \(rows)")
        }
        return try floats(rows: row..<row + 1)
    }

    /// All values as float32, row by row. Throws for a quantised tensor.
    public func floats() throws(ModelFileError) -> [Float] { try floats(rows: 0..<rows) }

    private func floats(rows range: Range<Int>) throws(ModelFileError) -> [Float] {
        var values = [Float](repeating: 0, count: range.count * columns)
        try values.withUnsafeMutableBufferPointer { (buffer) throws(ModelFileError) in
            try read(rows: range, into: buffer)
        }
        return values
    }

    /// Reads rows as float32 into `output`, which takes at least `rows.count * columns` values. Throws for a quantised
    /// tensor, for rows that are not there and for an output that is too small.
    public func read(
        rows range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>
    ) throws(ModelFileError) {
        guard isPlain else {
            throw ModelFileError(path: name, "is stored as \(type.name); f32, f16 or bf16 is needed here")
        }
        guard range.lowerBound >= 0, range.upperBound <= rows, output.count >= range.count * columns else {
            throw ModelFileError(path: name, "rows \(range) do not fit: there are \(rows), of \(columns) values each")
        }
        let count = range.count * columns
        let start = range.lowerBound * rowBytes
        switch type {
        case .f32:
            UnsafeMutableRawBufferPointer(output).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count * 4]))
        case .bf16:
            for index in 0..<count {
                let bits = bytes.loadUnaligned(fromByteOffset: start + index * 2, as: UInt16.self)
                output[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        default:
            for index in 0..<count {
                output[index] = float(half: bytes.loadUnaligned(fromByteOffset: start + index * 2, as: UInt16.self))
            }
        }
    }
}

/// IEEE half to single precision in integer and multiply only, so that the loop above vectorises without F16C: the
/// half's fields are moved into place and the exponent is corrected by 2^112, which handles subnormals as well.
private func float(half: UInt16) -> Float {
    let magnitude = UInt32(half & 0x7FFF) << 13
    let scaled = Float(bitPattern: magnitude) * 0x1p112
    let infinity: UInt32 = magnitude >= 0x7C00 << 13 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled.bitPattern | infinity | UInt32(half & 0x8000) << 16)
}
