import ModelFiles
import TestSupport
import Testing

@testable import Inference

/// How a step's adapter work is divided: every f16 weight of an adapter is read by one unit of work.
@Suite struct LowRankUpdateTests {
    private static let width = 48
    private static let ranks: [(module: LinearModule, rank: Int)] = [(.query, 5), (.key, 16), (.value, 21)]

    /// Three modules over pages that are smaller than their matrices; calls `body` with one update each, for `rows` rows.
    private func withUpdates(
        rows: Int, _ body: (_ updates: [LowRankUpdate?], _ t: UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws {
        let shapes = Self.ranks.map {
            LoRAShape(
                layer: 0, module: $0.module, rank: $0.rank, inputSize: Self.width, outputSize: Self.width, scale: 1)
        }
        let pageBytes = 1024
        let layout = try #require(AdapterLayout(shapes: shapes, element: .f16, pageBytes: pageBytes))
        let count = layout.pageCount
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * pageBytes, alignment: 64)
        defer { bytes.deallocate() }
        let memory = PageMemory(base: bytes, pageBytes: pageBytes, pageCount: count)
        let adapter = PackedAdapter(layout: layout, pages: (0..<Int32(count)).reversed())
        var generator = SeededGenerator(seed: 9)
        for (index, shape) in shapes.enumerated() {
            let numbers = (0..<shape.rank * Self.width).map { _ in Float.random(in: -1...1, using: &generator) }
            numbers.withUnsafeBufferPointer { adapter.write(index, a: $0, bTransposed: $0, memory: memory) }
        }
        let total = Self.ranks.reduce(0) { $0 + $1.rank } * rows
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: total) { t in
            try adapter.pages.withUnsafeBufferPointer { pages in
                let plain = SegmentAdapter(layout.index, pages: try #require(pages.baseAddress))
                var place = try #require(t.baseAddress)
                var updates: [LowRankUpdate?] = []
                for (module, rank) in Self.ranks {
                    updates.append(
                        LowRankUpdate(
                            adapter: plain, entry: try #require(plain.entry(module, layer: 0)), element: .f16,
                            memory: memory, firstRow: 0, rowCount: rows, t: place))
                    place += rank * rows
                }
                // A module that the adapter does not change stands between.
                try body([updates[0], nil, updates[1], updates[2]], t)
            }
        }
    }

    private func random(_ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: 10)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    @Test(arguments: [9, 40]) func unitsOfATallShrinkShareOutTheRankRows(_ rows: Int) throws {
        let x = random(rows * Self.width)
        try withUpdates(rows: rows) { updates, t in
            func results(_ job: ShrinkJob, _ unit: Int) -> [Float] {
                t.update(repeating: .nan)
                job.perform(unit, updates: updates)
                return Array(t)
            }
            try x.withUnsafeBufferPointer { x in
                let base = try #require(x.baseAddress)
                let whole = ShrinkJob(firstUpdate: 0, updateCount: updates.count, dividedRows: nil, x: base)
                #expect(whole.unitCount == 1)
                let expected = results(whole, 0)
                #expect(!expected.contains { $0.isNaN })
                let divided = ShrinkJob(firstUpdate: 0, updateCount: updates.count, dividedRows: 42, x: base)
                #expect(divided.unitCount == 6)
                var writers = [Int](repeating: 0, count: expected.count)
                for unit in 0..<divided.unitCount {
                    for (index, value) in results(divided, unit).enumerated() where !value.isNaN {
                        writers[index] += 1
                        #expect(value == expected[index], "\(index)")
                    }
                }
                #expect(writers.allSatisfy { $0 == 1 })
            }
        }
    }

    @Test(arguments: [3, 9, 40]) func columnsOfAnExpandAddUpToTheWhole(_ rows: Int) throws {
        let x = random(rows * Self.width)
        let before = random(rows * Self.width)
        try withUpdates(rows: rows) { updates, _ in
            for case let update? in updates {
                x.withUnsafeBufferPointer { update.shrink(0..<update.rank, x: $0.baseAddress!) }
                var whole = before
                var parts = before
                whole.withUnsafeMutableBufferPointer {
                    update.expand(rows: 0..<rows, y: $0.baseAddress!, yStride: Self.width)
                }
                parts.withUnsafeMutableBufferPointer { y in
                    for columns in [32..<48, 0..<16, 16..<32] {
                        update.expand(columns: columns, y: y.baseAddress!, yStride: Self.width)
                    }
                }
                #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-5 })
                #expect(zip(whole, before).contains { abs($0 - $1) > 0.01 })
            }
        }
    }

    /// Spans expand on their own, each reading B: so an adapter has one, or none that expands.
    @Test(arguments: [1, 2, 3, 8], [1, 2, 3, 5, 8, 9, 17, 64]) func noAdapterIsReadByTwoSpans(
        _ threads: Int, _ rows: Int
    )
        throws
    {
        let shapes = [LoRAShape(layer: 0, module: .query, rank: 1, inputSize: 16, outputSize: 16, scale: 1)]
        let layout = try #require(AdapterLayout(shapes: shapes, element: .f16, pageBytes: 4096))
        let adapter = PackedAdapter(layout: layout, pages: [0])
        let counts = [rows, 1, 4, rows]
        var first = 0
        let segments = counts.enumerated().map { index, count in
            defer { first += count }
            return StepBatch.Segment(firstRow: first, rowCount: count, adapter: index == 0 ? nil : adapter)
        }
        var plan = StepSegments()
        defer { plan.deallocate() }
        plan.fill(
            StepBatch(
                tokens: [Int32](repeating: 0, count: first), slices: [], segments: segments, outputRows: []),
            threads: threads)
        var rowsOfSpans = [Int](repeating: 0, count: counts.count)
        for index in 0..<plan.spans.count {
            let span = plan.spans[index]
            rowsOfSpans[span.segment] += span.rowCount
            let segment = plan.segments[span.segment]
            #expect(segment.adapter == nil || segment.isTall || span.rowCount == segment.rowCount)
        }
        #expect(rowsOfSpans == counts)
        #expect(plan.hasTall == (0..<plan.segments.count).contains { plan.segments[$0].isTall })
    }
}
