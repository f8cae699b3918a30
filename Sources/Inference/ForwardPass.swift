/// A model that can run one step over pages. `Transformer` is the real one; tests of the engine bring a toy.
public protocol ForwardPass: Sendable {
    /// Bytes that one page must have to hold the KV of `tokensPerPage` tokens over all layers, a multiple of 64.
    func pageBytes(tokensPerPage: Int) -> Int

    /// How adapter weights stand in pages.
    var adapterElement: PageElement { get }
    var vocabularySize: Int { get }
    /// Longest sequence, in tokens.
    var contextLength: Int { get }

    /// Computes every row, writes its K and V into its slice's pages, and calls `onLogits` once for each wanted row, in
    /// order, on the calling thread. The logits are valid during the call only, and may be changed in place.
    ///
    /// Returns where the time went. One call at a time. May not allocate pages, and touches none but those that the batch
    /// names.
    @discardableResult
    func run(
        _ batch: StepBatch, memory: PageMemory, tokensPerPage: Int,
        onLogits: (_ outputIndex: Int, _ logits: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> StepTimes
}
