/// The nearest IEEE 754 half-precision number, ties to even, as bits.
@inline(__always)
func halfBits(_ value: Float) -> UInt16 { Float16(value).bitPattern }

/// The number that half-precision bits stand for, exactly.
@inline(__always)
func floatFromHalf(_ bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }
