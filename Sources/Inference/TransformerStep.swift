import CKernels
import ModelFiles

/// One run of the transformer over one batch: the loops of a layer, in order.
struct TransformerStep {
    let model: Transformer
    let batch: StepBatch
    let memory: PageMemory
    let tokensPerPage: Int
    /// The model's small vectors: norms and biases
    let vectors: UnsafePointer<Float>

    private let config: ModelConfig
    private let rows: Int
    /// [rows × hiddenSize]: the residual stream
    private let hidden: UnsafeMutablePointer<Float>
    /// [rows × hiddenSize]
    private let normed: UnsafeMutablePointer<Float>
    /// [rows × querySize], [rows × kvSize], [rows × kvSize], [rows × querySize]
    private let queries: UnsafeMutablePointer<Float>
    private let keys: UnsafeMutablePointer<Float>
    private let values: UnsafeMutablePointer<Float>
    private let attended: UnsafeMutablePointer<Float>
    /// [rows × feedForwardSize], in the place of queries, keys and values
    private let gate: UnsafeMutablePointer<Float>
    private let up: UnsafeMutablePointer<Float>
    /// [rows × headSize/2] each
    private let cosines: UnsafeMutablePointer<Float>
    private let sines: UnsafeMutablePointer<Float>

    /// The scratch has grown to fit, and the model's rows are filled.
    init(model: Transformer, batch: StepBatch, memory: PageMemory, tokensPerPage: Int, vectors: UnsafePointer<Float>) {
        self.model = model
        self.batch = batch
        self.memory = memory
        self.tokensPerPage = tokensPerPage
        self.vectors = vectors
        config = model.config
        rows = batch.rowCount
        hidden = model.scratch.hidden.floats
        normed = model.scratch.normed.floats
        queries = model.scratch.wide.floats
        keys = queries + rows * config.querySize
        values = keys + rows * config.kvSize
        attended = values + rows * config.kvSize
        gate = model.scratch.wide.floats
        up = gate + rows * config.feedForwardSize
        cosines = model.scratch.angles.floats
        sines = cosines + rows * config.headSize / 2
    }

    /// Looks the tokens' rows up, and the angles of their positions.
    func embed() {
        let half = config.headSize / 2
        let positions = model.rows.positions
        forEachRow { row in
            let token = Int(batch.tokens[row])
            precondition(token >= 0 && token < config.vocabularySize, "token id out of range")
            model.weights.embedding.decode(from: token, count: 1, into: hidden + row * config.hiddenSize)
            model.angles.write(
                position: Int(positions[row]), cosines: cosines + row * half, sines: sines + row * half)
        }
    }

    func perform(_ layer: Int) {
        let weights = model.weights.layers[layer]
        let hiddenSize = config.hiddenSize
        multiply(
            layer, weights, normalise(weights.attentionNorm),
            [
                Target(.query, queries, config.querySize), Target(.key, keys, config.kvSize),
                Target(.value, values, config.kvSize),
            ])
        store(layer, weights)
        attend(layer)
        multiply(
            layer, weights, quantise(attended, columns: config.querySize) { _ in },
            [Target(.output, hidden, hiddenSize, accumulates: true)])
        multiply(
            layer, weights, normalise(weights.feedForwardNorm),
            [Target(.gate, gate, config.feedForwardSize), Target(.up, up, config.feedForwardSize)])
        let product = quantise(gate, columns: config.feedForwardSize) { row in
            let offset = row * config.feedForwardSize
            deck_silu_multiply(gate + offset, up + offset, config.feedForwardSize)
        }
        multiply(
            layer, weights, product,
            [Target(.down, hidden, hiddenSize, accumulates: true)])
    }

    /// The output head for wanted rows only, some at a time.
    func produceLogits(_ onLogits: (Int, UnsafeMutableBufferPointer<Float>) -> Void) {
        let norm = vectors + model.weights.outputNorm
        let logits = model.scratch.logits.floats
        var first = 0
        while first < batch.outputRows.count {
            let count = min(model.scratch.logitRows, batch.outputRows.count - first)
            for index in 0..<count {
                let row = batch.outputRows[first + index]
                deck_rms_norm(
                    hidden + row * config.hiddenSize, norm, config.hiddenSize, config.normEpsilon,
                    normed + index * config.hiddenSize)
                quantised(config.hiddenSize)?.store(normed + index * config.hiddenSize, row: index)
            }
            let x = Activations(
                floats: normed, columns: config.hiddenSize, quantised: quantised(config.hiddenSize))
            model.list.add(
                ProductJob(
                    weights: model.weights.outputHead, bias: nil, x: x, y: logits, yStride: config.vocabularySize,
                    rows: count, accumulates: false))
            performList()
            for index in 0..<count {
                let row = UnsafeMutableBufferPointer(
                    start: logits + index * config.vocabularySize, count: config.vocabularySize)
                onLogits(first + index, row)
            }
            first += count
        }
    }

    // MARK: - Loops of a layer

    /// A linear module and where its output goes.
    private struct Target {
        let module: LinearModule
        let y: UnsafeMutablePointer<Float>
        let stride: Int
        let accumulates: Bool

        init(_ module: LinearModule, _ y: UnsafeMutablePointer<Float>, _ stride: Int, accumulates: Bool = false) {
            self.module = module
            self.y = y
            self.stride = stride
            self.accumulates = accumulates
        }
    }

    /// The residual stream, normalised.
    private func normalise(_ norm: Int) -> Activations {
        let weight = vectors + norm
        return quantise(normed, columns: config.hiddenSize) { row in
            let offset = row * config.hiddenSize
            deck_rms_norm(hidden + offset, weight, config.hiddenSize, config.normEpsilon, normed + offset)
        }
    }

    /// Rows for the next products, each after `prepare` has computed it.
    private func quantise(
        _ floats: UnsafePointer<Float>, columns: Int, _ prepare: (_ row: Int) -> Void
    ) -> Activations {
        let target = quantised(columns)
        forEachRow { row in
            prepare(row)
            target?.store(floats + row * columns, row: row)
        }
        return Activations(floats: floats, columns: columns, quantised: target)
    }

    /// One memory for all widths: each loop of products ends before the next is quantised.
    private func quantised(_ columns: Int) -> QuantisedRows? {
        guard model.weights.isPacked, columns % Int(DECK_QUANT_BLOCK) == 0 else { return nil }
        let block = model.scratch.quantised.floats
        let bytes = UnsafeMutableRawPointer(block).assumingMemoryBound(to: Int8.self)
        return QuantisedRows(values: bytes, factors: block + max(rows, 1) * columns / 4, columns: columns)
    }

    /// Base products and adapters' shrinks share one loop (both read `x` alone); the expands follow in another.
    private func multiply(
        _ layer: Int, _ weights: LayerWeights, _ x: Activations, _ targets: [Target]
    ) {
        for target in targets {
            model.list.add(
                ProductJob(
                    weights: weights.matrices[target.module.rawValue],
                    bias: weights.biases[target.module.rawValue].map { vectors + $0 }, x: x, y: target.y,
                    yStride: target.stride, rows: rows, accumulates: target.accumulates))
        }
        forEachUpdate(layer, targets) { adapter, placement, segment, t, _ in
            for run in placement.a {
                model.list.add(
                    ShrinkJob(
                        element: adapter.layout.element, rankRows: rankRows(run, of: adapter),
                        inputSize: placement.shape.inputSize, scale: adapter.scale(placement, memory: memory),
                        x: x.floats + segment.firstRow * x.columns, xStride: x.columns, rows: segment.rowCount, t: t,
                        rank: placement.shape.rank))
            }
        }
        performList()
        forEachUpdate(layer, targets) { adapter, placement, segment, t, target in
            let firstRun = model.list.runCount
            for run in placement.b { model.list.add(rankRows(run, of: adapter)) }
            model.list.add(
                ExpandJob(
                    element: adapter.layout.element, runs: firstRun..<model.list.runCount,
                    outputSize: placement.shape.outputSize, t: t, rank: placement.shape.rank,
                    y: target.y + segment.firstRow * target.stride, yStride: target.stride, rows: segment.rowCount))
        }
        performList()
    }

    /// Every (segment, module) that an adapter changes, with its own place for x·Aᵀ: the same one at each call.
    private func forEachUpdate(
        _ layer: Int, _ targets: [Target],
        _ body: (PackedAdapter, AdapterLayout.Placement, StepBatch.Segment, UnsafeMutablePointer<Float>, Target) -> Void
    ) {
        var t = model.scratch.lowRank.floats
        for segment in batch.segments {
            guard let adapter = segment.adapter else { continue }
            for target in targets {
                guard let placement = adapter.placement(target.module, layer: layer) else { continue }
                body(adapter, placement, segment, t, target)
                t += segment.rowCount * placement.shape.rank
            }
        }
    }

    private func rankRows(_ run: AdapterLayout.Run, of adapter: PackedAdapter) -> RankRows {
        RankRows(
            address: UnsafeRawPointer(adapter.address(run, memory: memory)), firstRow: run.firstRow, count: run.rowCount
        )
    }

    /// Norms of heads (Qwen3), rotation, and keys and values into their pages.
    private func store(_ layer: Int, _ weights: LayerWeights) {
        let half = config.headSize / 2
        let stepRows = model.rows
        forEachRow { row in
            let query = queries + row * config.querySize
            let key = keys + row * config.kvSize
            normaliseHeads(query, config.headCount, weights.queryNorm)
            normaliseHeads(key, config.kvHeadCount, weights.keyNorm)
            switch config.rotary.pairing {
            case .halves:
                deck_rotate_halves(query, config.headCount, half, cosines + row * half, sines + row * half)
                deck_rotate_halves(key, config.kvHeadCount, half, cosines + row * half, sines + row * half)
            case .interleaved:
                deck_rotate_interleaved(query, config.headCount, half, cosines + row * half, sines + row * half)
                deck_rotate_interleaved(key, config.kvHeadCount, half, cosines + row * half, sines + row * half)
            }
            model.layout.write(
                keys: key, values: values + row * config.kvSize, layer: layer,
                page: memory.address(of: stepRows.pages[row]), slot: Int(stepRows.slots[row]),
                tokensPerPage: tokensPerPage)
        }
    }

    private func normaliseHeads(_ x: UnsafeMutablePointer<Float>, _ heads: Int, _ norm: Int?) {
        guard let norm else { return }
        for head in 0..<heads {
            let at = x + head * config.headSize
            deck_rms_norm(at, vectors + norm, config.headSize, config.normEpsilon, at)
        }
    }

    private func attend(_ layer: Int) {
        let blocks = model.rows.blocks
        let loop = AttentionLoop(
            config: config, layout: model.layout, memory: memory, tokensPerPage: tokensPerPage, layer: layer,
            queries: queries, result: attended,
            headsPerUnit: AttentionLoop.headsPerUnit(config, blocks: blocks.count, threads: model.threadCount))
        model.team.run(loop.unitCount(blocks.count)) { unit, worker in
            loop.perform(unit, blocks: blocks, slices: batch.slices, scratch: model.scratch.attention(worker))
        }
    }

    private func performList() {
        model.list.perform(on: model.team) { model.scratch.tile($0) }
    }

    /// Rows in small groups, over the team when there are enough to share.
    private func forEachRow(_ body: (Int) -> Void) {
        let group = 8
        model.team.run((rows + group - 1) / group) { unit, _ in
            for row in unit * group..<min(rows, (unit + 1) * group) { body(row) }
        }
    }
}
