import ModelFiles
import TestSupport

/// Weight rows in every format of a model file, of random bytes with sensible scales.
enum RandomBlocks {
    /// Random blocks of a type whose scales are finite: `count` rows of `columns` values.
    static func rows(_ type: TensorType, rows: Int, columns: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        let rowBytes = columns / type.blockValues * type.blockBytes
        switch type {
        case .f32: return floats(rows * columns, &generator).flatMap { withUnsafeBytes(of: $0.bitPattern, Array.init) }
        case .f16:
            return floats(rows * columns, &generator).flatMap {
                withUnsafeBytes(of: Float16($0).bitPattern, Array.init)
            }
        case .bf16:
            return floats(rows * columns, &generator).flatMap {
                withUnsafeBytes(of: UInt16($0.bitPattern >> 16), Array.init)
            }
        default: break
        }
        var bytes = (0..<rows * rowBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // Where each format keeps its f16 scales.
        let halves: [Int] =
            switch type {
            case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
            case .q2_K: [80, 82]
            case .q3_K: [108]
            case .q6_K: [208]
            default: [0]
            }
        for block in stride(from: 0, to: bytes.count, by: type.blockBytes) {
            for offset in halves {
                let bits = Float16(Float.random(in: -0.1...0.1, using: &generator)).bitPattern
                bytes[block + offset] = UInt8(bits & 0xff)
                bytes[block + offset + 1] = UInt8(bits >> 8)
            }
        }
        return bytes
    }

    private static func floats(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }
}
