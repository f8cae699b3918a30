/// One of a module's two matrices as its file holds it.
///
/// The bytes belong to whoever reads the file: they are valid during the call that hands the value over.
public struct StoredMatrix {
    /// F32, F16 or BF16.
    public let type: TensorType
    public let rows: Int
    public let columns: Int
    /// `rows * columns` little-endian values, row by row, aligned to 16 bytes.
    public let bytes: UnsafeRawBufferPointer

    public init(type: TensorType, rows: Int, columns: Int, bytes: UnsafeRawBufferPointer) {
        precondition(type.blockValues == 1 && bytes.count == rows * columns * type.blockBytes)
        self.type = type
        self.rows = rows
        self.columns = columns
        self.bytes = bytes
    }

    public var count: Int { rows * columns }

    /// All values in single precision, row by row.
    public func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { target, initialized in
            PlainValues.convert(bytes, type, into: UnsafeMutableBufferPointer(rebasing: target[..<count]))
            initialized = count
        }
    }

    /// All values in single precision, column by column: [columns × rows].
    public func transposedFloats() -> [Float] {
        let values = floats()
        return [Float](unsafeUninitializedCapacity: count) { target, initialized in
            for row in 0..<rows {
                for column in 0..<columns { target[column * rows + row] = values[row * columns + column] }
            }
            initialized = count
        }
    }

    /// Whether no value is infinite or NaN. Looks at the exponents only, so that it runs at the speed of memory.
    var isFinite: Bool {
        switch type {
        case .f16: largestMagnitude(of: UInt16.self) < 0x7C00
        case .bf16: largestMagnitude(of: UInt16.self) < 0x7F80
        default: largestMagnitude(of: UInt32.self) < 0x7F80_0000
        }
    }

    /// The largest bit pattern without its sign.
    private func largestMagnitude<Bits: FixedWidthInteger & UnsignedInteger>(of: Bits.Type) -> Bits {
        var largest: Bits = 0
        for pattern in bytes.bindMemory(to: Bits.self) {
            largest = max(largest, pattern & (Bits.max >> 1))
        }
        return largest
    }
}
