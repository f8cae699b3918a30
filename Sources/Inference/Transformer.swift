import CKernels
import COpenBLAS
import ModelFiles

/// The forward pass of llama-shaped models (llama, mistral, qwen2, qwen3) over packed weights and paged KV, with one LoRA
/// adapter a segment (S-LoRA's unified paging, Punica's SGMV).
///
/// Sendable by contract: `run` is called by one thread at a time, and everything mutable is touched by `run` alone.
public final class Transformer: ForwardPass, @unchecked Sendable {
    public let precision: Precision
    let weights: ModelWeights
    let layout: KVLayout
    let angles: RotaryAngles
    let team: WorkerTeam
    let scratch: Scratch
    let work = StepWork()
    var rows = StepRows()
    var attention = AttentionPlan()

    /// `threads` includes the caller of `run`. Throws `UnfitModel` when a tensor is missing or does not fit.
    public convenience init(_ weights: any WeightSource, precision: Precision, threads: Int) throws {
        try self.init(weights, precision: precision, threads: threads, instructions: deck_best_instructions())
    }

    /// `instructions` is what integer products run on; the machine must have them.
    init(_ weights: any WeightSource, precision: Precision, threads: Int, instructions: deck_instructions) throws {
        team = WorkerTeam(threadCount: threads)
        self.weights = try ModelWeights(
            weights, packedFor: precision == .fast ? instructions : nil, by: team)
        self.precision = precision
        let config = self.weights.config
        layout = KVLayout(config, element: precision.pageElement)
        angles = RotaryAngles(config.rotary, headSize: config.headSize)
        scratch = Scratch(workers: team.threadCount, vocabularySize: config.vocabularySize)
        // The team is the parallelism; a product that OpenBLAS split again would fight it.
        openblas_set_num_threads(1)
    }

    var config: ModelConfig { weights.config }
    public var adapterElement: PageElement { precision.pageElement }
    public var vocabularySize: Int { config.vocabularySize }
    public var contextLength: Int { config.contextLength }
    /// Threads that a step runs on, the caller's included.
    public var threadCount: Int { team.threadCount }
    /// Bytes of work space held now; it grows with the largest step so far.
    public var scratchBytes: Int { scratch.byteCount }

    public func pageBytes(tokensPerPage: Int) -> Int { layout.pageBytes(tokensPerPage: tokensPerPage) }

    @discardableResult
    public func run(
        _ batch: StepBatch, memory: PageMemory, tokensPerPage: Int,
        onLogits: (_ outputIndex: Int, _ logits: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> StepTimes {
        guard batch.rowCount > 0 else { return StepTimes() }
        precondition(
            memory.pageBytes >= pageBytes(tokensPerPage: tokensPerPage), "pages are too small for their tokens")
        rows.fill(batch, tokensPerPage: tokensPerPage, blockRows: AttentionLoop.blockRows(config))
        attention.fill(rows.blocks, config, threads: threadCount)
        work.clock.start()
        work.segments.fill(batch, threads: team.threadCount)
        scratch.grow(need(batch))
        weights.withVectors { vectors in
            let step = TransformerStep(
                model: self, batch: batch, memory: memory, tokensPerPage: tokensPerPage, vectors: vectors)
            step.embed()
            for layer in 0..<config.layerCount { step.perform(layer) }
            step.produceLogits(onLogits)
        }
        return work.clock.times
    }

    private func need(_ batch: StepBatch) -> Scratch.Need {
        // Whole blocks of rows, so that steps of slowly growing size do not each move the memory.
        let count = (batch.rowCount + 15) & ~15
        let projected = 2 * config.querySize + 2 * config.kvSize
        let columns = max(config.hiddenSize, config.querySize, config.feedForwardSize)
        return Scratch.Need(
            hidden: count * config.hiddenSize,
            quantised: weights.isPacked ? QuantisedRows.floats(rows: count, columns: columns) : 0,
            wide: count * max(projected, 2 * config.feedForwardSize),
            angles: count * config.headSize, lowRank: lowRankFloats(batch),
            logits: min(batch.outputRows.count, scratch.logitRows) * config.vocabularySize,
            tile: batch.rowCount > ProductJob.fusedRows ? ProductJob.tileFloats(columns: columns) : 0,
            attention: AttentionLoop.scratchFloats(config), parts: attention.partFloats)
    }

    /// Three modules (q, k and v) share a loop at most.
    private func lowRankFloats(_ batch: StepBatch) -> Int {
        var floats = 0
        for segment in batch.segments {
            guard let adapter = segment.adapter else { continue }
            floats += 3 * segment.rowCount * adapter.layout.largestRank
        }
        return floats
    }
}
