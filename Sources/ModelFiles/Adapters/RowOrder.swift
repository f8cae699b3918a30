/// How the rows of a stored B become rows of the base's own order. Only q and k differ: GGUF files of the llama
/// architecture have their rows permuted within each head for interleaved rotary embedding, PEFT's have not.
enum RowOrder: Hashable, Sendable {
    case asStored
    /// Stored in halves (0, d/2), (1, d/2+1), …; wanted interleaved.
    case interleaving(headSize: Int)
    /// Stored interleaved; wanted in halves.
    case halving(headSize: Int)

    /// The order for one module, given how the file and the base pair the dimensions of a head.
    init(_ module: LinearModule, stored: RotaryConfig.Pairing, wanted: RotaryConfig.Pairing, headSize: Int) {
        let isRotated = module == .query || module == .key
        switch (stored, wanted) {
        case (.halves, .interleaved) where isRotated: self = .interleaving(headSize: headSize)
        case (.interleaved, .halves) where isRotated: self = .halving(headSize: headSize)
        default: self = .asStored
        }
    }

    /// The stored row that becomes `row` of the base's order.
    @inline(__always)
    func source(of row: Int) -> Int {
        switch self {
        case .asStored: return row
        case .interleaving(let size):
            let (head, offset) = row.quotientAndRemainder(dividingBy: size)
            return head * size + (offset & 1) * (size / 2) + offset / 2
        case .halving(let size):
            let (head, offset) = row.quotientAndRemainder(dividingBy: size)
            let half = size / 2
            return head * size + (offset < half ? 2 * offset : 2 * (offset - half) + 1)
        }
    }
}
