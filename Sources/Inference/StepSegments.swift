/// A step's segments and the few rows that go through its row loops together, as plain memory.
struct StepSegments {
    /// Neighbouring rows of one segment.
    struct Span: BitwiseCopyable {
        let segment: Int
        let firstRow: Int
        let rowCount: Int
    }

    struct Segment: BitwiseCopyable {
        let firstRow: Int
        let rowCount: Int
        /// Nil is the base.
        let adapter: SegmentAdapter?
        /// Whether an adapter's rows fill several spans. The work on them is divided by the adapter's weights then, not by
        /// rows, so that each weight is read once.
        let isTall: Bool
    }

    /// Most rows of one span.
    private static let spanRows = 8

    private(set) var segments = PlainBuffer<Segment>()
    private(set) var spans = PlainBuffer<Span>()
    private(set) var hasTall = false
    private var pages = PlainBuffer<Int32>(capacity: 1024)

    /// Refills for a batch, which keeps the adapters' layouts alive while its step runs. Few rows make short spans, so that
    /// every thread has some.
    mutating func fill(_ batch: StepBatch, threads: Int) {
        let spanRows = min(Self.spanRows, max(1, batch.rowCount / (2 * threads)))
        segments.removeAll()
        spans.removeAll()
        pages.removeAll()
        hasTall = false
        for segment in batch.segments {
            for page in segment.adapter?.pages ?? [] { pages.append(page) }
        }
        var place = pages.start
        for (index, segment) in batch.segments.enumerated() {
            let adapter = segment.adapter.map { SegmentAdapter($0.layout.index, pages: place) }
            place += segment.adapter?.pages.count ?? 0
            let isTall = adapter != nil && segment.rowCount > spanRows
            hasTall = hasTall || isTall
            segments.append(
                Segment(firstRow: segment.firstRow, rowCount: segment.rowCount, adapter: adapter, isTall: isTall))
            for first in stride(from: 0, to: segment.rowCount, by: spanRows) {
                spans.append(
                    Span(
                        segment: index, firstRow: segment.firstRow + first,
                        rowCount: min(spanRows, segment.rowCount - first)))
            }
        }
    }

    func deallocate() {
        segments.deallocate()
        spans.deallocate()
        pages.deallocate()
    }
}
