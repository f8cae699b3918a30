import CKernels

/// A weight matrix repacked for integer products: panels of sixteen rows (see `deck_packed`).
///
/// Names memory without owning it, as `WeightMatrix` does; `PackedArena` keeps it.
struct PackedMatrix: Sendable, BitwiseCopyable {
    /// Read-only once packed.
    nonisolated(unsafe) let shape: deck_packed
    /// What its products run on.
    let instructions: deck_instructions

    static func panelCount(_ shape: deck_packed) -> Int {
        (shape.rows + Int(DECK_PANEL_ROWS) - 1) / Int(DECK_PANEL_ROWS)
    }
    static func byteCount(_ shape: deck_packed) -> Int { panelCount(shape) * shape.panel_bytes }
}
