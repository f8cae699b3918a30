/// Where each row of a step stands: its position in its sequence, and its token's place in a page.
struct StepRows {
    /// A few neighbouring rows of one slice that attend together.
    struct Block {
        let slice: Int
        let firstRow: Int
        let rowCount: Int
        let firstPosition: Int
    }

    /// [rows]
    private(set) var positions: [Int32] = []
    /// [rows]
    private(set) var pages: [Int32] = []
    /// [rows]: the token's place inside its page
    private(set) var slots: [Int32] = []
    private(set) var blocks: [Block] = []

    /// Refills for a batch, in blocks of at most `blockRows`.
    mutating func fill(_ batch: StepBatch, tokensPerPage: Int, blockRows: Int) {
        positions.removeAll(keepingCapacity: true)
        pages.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        for (index, slice) in batch.slices.enumerated() {
            precondition(slice.firstRow == positions.count, "slices must cover every row, in order")
            for position in slice.firstPosition..<slice.firstPosition + slice.rowCount {
                positions.append(Int32(position))
                pages.append(slice.pages[position / tokensPerPage])
                slots.append(Int32(position % tokensPerPage))
            }
            for first in stride(from: 0, to: slice.rowCount, by: blockRows) {
                blocks.append(
                    Block(
                        slice: index, firstRow: slice.firstRow + first,
                        rowCount: min(blockRows, slice.rowCount - first),
                        firstPosition: slice.firstPosition + first))
            }
        }
        precondition(positions.count == batch.rowCount, "slices must cover every row")
    }
}
