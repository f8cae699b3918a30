import CKernels
import ModelFiles

/// A linear module and where its output goes.
struct StepTarget: BitwiseCopyable {
    let module: LinearModule
    let y: UnsafeMutablePointer<Float>
    let stride: Int
    let accumulates: Bool
}

/// One run of the transformer over one batch: the loops of a layer, in order. A layer is four times the same: products with
/// the base's weights and adapters' shrinks in one loop over all threads, then, in a loop over a few rows at a time, the
/// adapters' expands and everything that these rows need before the next products.
struct TransformerStep {
    let model: Transformer
    let batch: StepBatch
    let memory: PageMemory
    let tokensPerPage: Int
    /// The model's small vectors: norms and biases
    let vectors: UnsafePointer<Float>

    let config: ModelConfig
    let rows: Int
    /// [rows × hiddenSize]: the residual stream
    let hidden: UnsafeMutablePointer<Float>
    /// [rows × hiddenSize]
    let normed: UnsafeMutablePointer<Float>
    /// [rows × querySize], [rows × kvSize], [rows × kvSize], [rows × querySize]
    let queries: UnsafeMutablePointer<Float>
    let keys: UnsafeMutablePointer<Float>
    let values: UnsafeMutablePointer<Float>
    let attended: UnsafeMutablePointer<Float>
    /// [rows × feedForwardSize], in the place of queries, keys and values
    let gate: UnsafeMutablePointer<Float>
    let up: UnsafeMutablePointer<Float>
    /// [rows × headSize/2] each
    let cosines: UnsafeMutablePointer<Float>
    let sines: UnsafeMutablePointer<Float>

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
        let next = normed(columns: config.hiddenSize)
        forEachSpan { row in
            let token = Int(batch.tokens[row])
            precondition(token >= 0 && token < config.vocabularySize, "token id out of range")
            model.weights.embedding.decode(from: token, count: 1, into: hidden + row * config.hiddenSize)
            model.angles.write(
                position: Int(positions[row]), cosines: cosines + row * half, sines: sines + row * half)
            normalise(row, model.weights.layers[0].attentionNorm, into: next)
        }
    }

    func perform(_ layer: Int) {
        let weights = model.weights.layers[layer]
        let hiddenRows = normed(columns: config.hiddenSize)
        begin(.query, queries, config.querySize)
        add(.key, keys, config.kvSize)
        add(.value, values, config.kvSize)
        multiply(layer, weights, hiddenRows)
        forEachSpan { row in store(row, layer, weights) }
        attend(layer)

        let attendedRows = quantised(attended, columns: config.querySize)
        if let rows = attendedRows.quantised {
            forEachSpan { row in rows.store(attended + row * config.querySize, row: row) }
        }
        begin(.output, hidden, config.hiddenSize, accumulates: true)
        multiply(layer, weights, attendedRows)
        forEachSpan { row in normalise(row, weights.feedForwardNorm, into: hiddenRows) }

        begin(.gate, gate, config.feedForwardSize)
        add(.up, up, config.feedForwardSize)
        multiply(layer, weights, hiddenRows)
        let gatedRows = quantised(gate, columns: config.feedForwardSize)
        forEachSpan { row in
            let offset = row * config.feedForwardSize
            deck_silu_multiply(gate + offset, up + offset, config.feedForwardSize)
            gatedRows.quantised?.store(gate + offset, row: row)
        }
        begin(.down, hidden, config.hiddenSize, accumulates: true)
        multiply(layer, weights, gatedRows)
        let isLast = layer + 1 == config.layerCount
        forEachSpan { row in
            // The output head normalises those rows that it takes itself.
            if !isLast { normalise(row, model.weights.layers[layer + 1].attentionNorm, into: hiddenRows) }
        }
    }

    /// The output head for wanted rows only, some at a time.
    func produceLogits(_ onLogits: (Int, UnsafeMutableBufferPointer<Float>) -> Void) {
        let norm = vectors + model.weights.outputNorm
        let logits = model.scratch.logits.floats
        let x = normed(columns: config.hiddenSize)
        var first = 0
        while first < batch.outputRows.count {
            let count = min(model.scratch.logitRows, batch.outputRows.count - first)
            for index in 0..<count {
                let row = hidden + batch.outputRows[first + index] * config.hiddenSize
                let target = normed + index * config.hiddenSize
                deck_rms_norm(row, norm, config.hiddenSize, config.normEpsilon, target)
                x.quantised?.store(target, row: index)
            }
            work.clock.end(.other)
            work.list.add(
                ProductJob(
                    weights: model.weights.outputHead, bias: nil, x: x, y: logits, yStride: config.vocabularySize,
                    rows: count, accumulates: false))
            performList()
            for index in 0..<count {
                let row = UnsafeMutableBufferPointer(
                    start: logits + index * config.vocabularySize, count: config.vocabularySize)
                onLogits(first + index, row)
            }
            work.clock.skip()
            first += count
        }
    }

    // MARK: - What a row needs

    private func normalise(_ row: Int, _ norm: Int, into target: Activations) {
        let place = normed + row * config.hiddenSize
        deck_rms_norm(
            hidden + row * config.hiddenSize, vectors + norm, config.hiddenSize, config.normEpsilon, place)
        target.quantised?.store(place, row: row)
    }

    /// Norms of heads (Qwen3), rotation, and keys and values into their pages.
    private func store(_ row: Int, _ layer: Int, _ weights: LayerWeights) {
        let half = config.headSize / 2
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
            page: memory.address(of: model.rows.pages[row]), slot: Int(model.rows.slots[row]),
            tokensPerPage: tokensPerPage)
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
        let units = model.attention.units
        let joins = model.attention.joins
        let loop = AttentionLoop(
            config: config, layout: model.layout, memory: memory, tokensPerPage: tokensPerPage, layer: layer,
            queries: queries, result: attended, parts: model.scratch.parts.floats)
        model.team.run(units.count) { unit, worker in
            loop.perform(units[unit], blocks: blocks, slices: batch.slices, scratch: model.scratch.attention(worker))
        }
        model.team.run(joins.count) { join, _ in loop.perform(joins[join], blocks: blocks) }
        work.clock.end(.attention)
    }

    // MARK: - Rows for the next products

    private func normed(columns: Int) -> Activations { quantised(normed, columns: columns) }

    /// `floats` with their place in 8 bits, where the weights are repacked: one memory for all widths, because each loop of
    /// products ends before the next rows are quantised.
    private func quantised(_ floats: UnsafePointer<Float>, columns: Int) -> Activations {
        guard model.weights.isPacked, columns % Int(DECK_QUANT_BLOCK) == 0 else {
            return Activations(floats: floats, columns: columns, quantised: nil)
        }
        let block = model.scratch.quantised.floats
        let bytes = UnsafeMutableRawPointer(block).assumingMemoryBound(to: Int8.self)
        return Activations(
            floats: floats, columns: columns,
            quantised: QuantisedRows(values: bytes, factors: block + rows * columns / 4, columns: columns))
    }
}
