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
        collectUpdates(layer)
        var tallUpdates = 0
        work.tallUpdates.removeAll()
        for index in 0..<work.targets.count {
            let target = work.targets[index]
            collectTallUpdates(of: index)
            let bias = weights.biases[target.module.rawValue].map { vectors + $0 }
            work.list.add(
                ProductJob(
                    weights: weights.matrices[target.module.rawValue], bias: bias, x: x, y: target.y,
                    yStride: target.stride, rows: rows, accumulates: target.accumulates,
                    updates: tallUpdates..<work.tallUpdates.count))
            tallUpdates = work.tallUpdates.count
        }
        addShrinks(x)
        if rows >= Self.lookAheadRows { lookAhead(layer) }
        performList()
    }

    func performList() {
        work.list.perform(
            on: model.team, updates: work.updates.start, tallUpdates: work.tallUpdates.start,
            tile: { model.scratch.tile($0) }, ended: { work.clock.end($0) })
    }

    private var hasUpdates: Bool { work.updates.count > 0 }

    /// Every (segment, module) that an adapter changes, with its own place for x·Aᵀ.
    private func collectUpdates(_ layer: Int) {
        work.updates.removeAll()
        let segments = work.segments.segments
        guard (0..<segments.count).contains(where: { segments[$0].adapter != nil }) else { return }
        let element = model.layout.element
        var t = model.scratch.lowRank.floats
        for index in 0..<segments.count {
            let segment = segments[index]
            for target in 0..<work.targets.count {
                guard let adapter = segment.adapter,
                    let entry = adapter.entry(work.targets[target].module, layer: layer)
                else {
                    work.updates.append(nil)
                    continue
                }
                work.updates.append(
                    LowRankUpdate(
                        adapter: adapter, entry: entry, element: element, memory: memory, firstRow: segment.firstRow,
                        rowCount: segment.rowCount, t: t))
                t += segment.rowCount * Int(entry.rank)
            }
        }
    }

    private func collectTallUpdates(of target: Int) {
        guard work.segments.hasTall else { return }
        for index in 0..<work.segments.segments.count where work.segments.segments[index].isTall {
            if let update = work.updates[index * work.targets.count + target] { work.tallUpdates.append(update) }
        }
    }

    private func addShrinks(_ x: Activations) {
        guard hasUpdates else { return }
        let targets = work.targets.count
        for index in 0..<work.segments.segments.count {
            let segment = work.segments.segments[index]
            guard segment.adapter != nil else { continue }
            let own = index * targets..<(index + 1) * targets
            work.list.add(
                ShrinkJob(
                    firstUpdate: own.lowerBound, updateCount: targets,
                    dividedRows: segment.isTall ? own.reduce(0) { $0 + (work.updates[$1]?.rank ?? 0) } : nil,
                    x: x.floats))
        }
    }

    /// From so many rows on products leave memory time for something else (measured).
    private static let lookAheadRows = 8

    private func lookAhead(_ layer: Int) {
        for index in 0..<work.segments.segments.count {
            if let adapter = work.segments.segments[index].adapter { lookAhead(adapter, layer) }
        }
    }

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

    /// Calls `body` for every row, after the expands that the products just done have left, if there are any; a few rows of one
    /// segment together.
    func forEachSpan(_ body: (_ row: Int) -> Void) {
        let spans = work.segments.spans.start
        let updates = work.updates.start
        let targets = work.targets.start
        let segments = work.segments.segments.start
        let targetCount = hasUpdates ? work.targets.count : 0
        model.team.run(work.segments.spans.count) { unit, worker in
            let span = spans[unit]
            let rows = span.firstRow..<span.firstRow + span.rowCount
            if targetCount > 0, !segments[span.segment].isTall {
                if worker == 0 { work.clock.end(.other) }
                for index in 0..<targetCount {
                    guard let update = updates[span.segment * targetCount + index] else { continue }
                    update.expand(rows: rows, y: targets[index].y, yStride: targets[index].stride)
                }
                if worker == 0 { work.clock.end(.adapters) }
            }
            for row in rows { body(row) }
        }
        work.updates.removeAll()
        work.clock.end(.other)
    }
}
