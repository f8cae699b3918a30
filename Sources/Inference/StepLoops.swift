import ModelFiles

/// The two kinds of loop that a layer is made of.
extension TransformerStep {
    var work: StepWork { model.work }

    /// The first of the modules that the next `multiply` computes.
    func begin(_ module: LinearModule, _ y: UnsafeMutablePointer<Float>, _ stride: Int, accumulates: Bool = false) {
        work.targets.removeAll()
        work.targets.append(StepTarget(module: module, y: y, stride: stride, accumulates: accumulates))
    }

    /// Another module of the same input.
    func add(_ module: LinearModule, _ y: UnsafeMutablePointer<Float>, _ stride: Int) {
        work.targets.append(StepTarget(module: module, y: y, stride: stride, accumulates: false))
    }

    /// Base products and adapters' shrinks share one loop: both read `x` alone.
    func multiply(_ layer: Int, _ weights: LayerWeights, _ x: Activations) {
        for index in 0..<work.targets.count {
            let target = work.targets[index]
            let bias = weights.biases[target.module.rawValue].map { vectors + $0 }
            work.list.add(
                ProductJob(
                    weights: weights.matrices[target.module.rawValue], bias: bias, x: x, y: target.y,
                    yStride: target.stride, rows: rows, accumulates: target.accumulates))
        }
        addShrinks(layer, x)
        work.list.perform(
            on: model.team, updates: work.updates.start, tile: { model.scratch.tile($0) },
            ended: { work.clock.end($0) })
    }

    private var hasUpdates: Bool { work.updates.count > 0 }

    /// Every (segment, module) that an adapter changes, with its own place for x·Aᵀ.
    private func addShrinks(_ layer: Int, _ x: Activations) {
        work.updates.removeAll()
        let segments = work.segments.segments
        guard (0..<segments.count).contains(where: { segments[$0].adapter != nil }) else { return }
        let element = model.layout.element
        var t = model.scratch.lowRank.floats
        for index in 0..<segments.count {
            let segment = segments[index]
            let firstUpdate = work.updates.count
            for target in 0..<work.targets.count {
                guard let adapter = segment.adapter,
                    let entry = adapter.entry(work.targets[target].module, layer: layer)
                else {
                    work.updates.append(nil)
                    continue
                }
                work.updates.append(
                    LowRankUpdate(adapter: adapter, entry: entry, element: element, firstRow: segment.firstRow, t: t))
                t += segment.rowCount * Int(entry.rank)
            }
            guard let adapter = segment.adapter else { continue }
            work.list.add(
                ShrinkJob(
                    firstUpdate: firstUpdate, updateCount: work.targets.count, firstRow: segment.firstRow,
                    rows: segment.rowCount, x: x.floats, memory: memory))
            if rows >= Self.lookAheadRows { lookAhead(adapter, layer) }
        }
    }

    /// From so many rows on products leave memory time for something else (measured).
    private static let lookAheadRows = 8

    /// What an adapter's next expands and shrinks read: B of the modules at hand and A of those that follow. The layout has
    /// them in this order.
    private func lookAhead(_ adapter: SegmentAdapter, _ layer: Int) {
        let element = model.layout.element.bytes
        for index in 0..<work.targets.count {
            guard let entry = adapter.entry(work.targets[index].module, layer: layer) else { continue }
            lookAhead(adapter, from: entry.firstB, entry.countB, rowBytes: Int(entry.outputSize) * element)
        }
        func follow(_ module: LinearModule, _ layer: Int) {
            guard let entry = adapter.entry(module, layer: layer) else { return }
            lookAhead(adapter, from: entry.firstA, entry.countA, rowBytes: Int(entry.inputSize) * element)
        }
        switch work.targets[0].module {
        case .query, .key, .value: follow(.output, layer)
        case .output:
            follow(.gate, layer)
            follow(.up, layer)
        case .gate, .up: follow(.down, layer)
        case .down:
            follow(.query, layer + 1)
            follow(.key, layer + 1)
            follow(.value, layer + 1)
        }
    }

    private func lookAhead(_ adapter: SegmentAdapter, from first: Int32, _ count: Int32, rowBytes: Int) {
        for index in Int(first)..<Int(first + count) {
            let run = adapter.runs[index]
            work.list.lookAhead(adapter.address(of: run, memory: memory), bytes: Int(run.rowCount) * rowBytes)
        }
    }

    /// Calls `body` for every row, after the expands of the products just done, if there are any; a few rows of one segment
    /// together.
    func forEachSpan(_ body: (_ row: Int) -> Void) {
        let spans = work.segments.spans.start
        let updates = work.updates.start
        let targets = work.targets.start
        let targetCount = hasUpdates ? work.targets.count : 0
        model.team.run(work.segments.spans.count) { unit, worker in
            let span = spans[unit]
            if targetCount > 0 {
                if worker == 0 { work.clock.end(.other) }
                for index in 0..<targetCount {
                    guard let update = updates[span.segment * targetCount + index] else { continue }
                    update.expand(
                        first: span.firstRow, count: span.rowCount, y: targets[index].y, yStride: targets[index].stride,
                        memory: memory)
                }
                if worker == 0 { work.clock.end(.adapters) }
            }
            for row in span.firstRow..<span.firstRow + span.rowCount { body(row) }
        }
        work.updates.removeAll()
        work.clock.end(.other)
    }
}
