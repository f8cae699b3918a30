/// The rows of one step. Rows of one sequence are contiguous, and so are rows of one segment.
public struct StepBatch {
    /// Consecutive rows of one sequence.
    public struct Slice {
        /// First row in the batch.
        public let firstRow: Int
        public let rowCount: Int
        /// Position of the first row; the KV of positions 0..<firstPosition stands in `pages` already.
        public let firstPosition: Int
        /// Page numbers; entry i holds positions i*tokensPerPage ..< (i+1)*tokensPerPage.
        /// They cover every position up to the last row's.
        public let pages: [Int32]

        public init(firstRow: Int, rowCount: Int, firstPosition: Int, pages: [Int32]) {
            self.firstRow = firstRow
            self.rowCount = rowCount
            self.firstPosition = firstPosition
            self.pages = pages
        }
    }

    /// Consecutive rows that share one adapter (Punica's SGMV segment).
    public struct Segment {
        public let firstRow: Int
        public let rowCount: Int
        /// Nil leaves the base's rows untouched.
        public let adapter: PackedAdapter?

        public init(firstRow: Int, rowCount: Int, adapter: PackedAdapter?) {
            self.firstRow = firstRow
            self.rowCount = rowCount
            self.adapter = adapter
        }
    }

    /// [rows]
    public let tokens: [Int32]
    /// Together they cover every row, in order.
    public let slices: [Slice]
    /// Together they cover every row, in order. Segments and slices nest: no slice crosses a segment's edge.
    public let segments: [Segment]
    /// Rows whose logits are wanted, ascending.
    public let outputRows: [Int]

    public init(tokens: [Int32], slices: [Slice], segments: [Segment], outputRows: [Int]) {
        self.tokens = tokens
        self.slices = slices
        self.segments = segments
        self.outputRows = outputRows
    }

    public var rowCount: Int { tokens.count }
}
