/// Plain stored values as Float, exactly.
enum PlainValues {
    /// Converts as many values as `target` holds. `type` is F32, F16 or BF16; values are little-endian.
    static func convert(
        _ bytes: UnsafeRawBufferPointer, _ type: TensorType, into target: UnsafeMutableBufferPointer<Float>
    ) {
        switch type {
        case .f16:
            for index in target.indices {
                target[index] = half(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
        case .bf16:
            for index in target.indices {
                let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                target[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        default:
            for index in target.indices {
                target[index] = Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
            }
        }
    }

    /// Moves exponent and fraction into place and corrects the bias by a multiplication, which also makes subnormal
    /// numbers right; compiles to SIMD where a call per value would not.
    @inline(__always)
    private static func half(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let finite = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
        let isFinite = bits & 0x7C00 != 0x7C00
        let value = isFinite ? finite.bitPattern : magnitude | 0x7F80_0000
        return Float(bitPattern: value | UInt32(bits & 0x8000) << 16)
    }
}
