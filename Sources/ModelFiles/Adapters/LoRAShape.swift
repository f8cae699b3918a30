/// One adapted module: where it acts, how large it is and by how much it counts.
public struct LoRAShape: Hashable, Sendable {
    public let layer: Int
    public let module: LinearModule
    public let rank: Int
    /// Width of A's rows.
    public let inputSize: Int
    /// Height of B.
    public let outputSize: Int
    /// What B·A is multiplied by: alpha/r, or alpha/sqrt(r) with rsLoRA.
    public let scale: Float

    public init(layer: Int, module: LinearModule, rank: Int, inputSize: Int, outputSize: Int, scale: Float) {
        self.layer = layer
        self.module = module
        self.rank = rank
        self.inputSize = inputSize
        self.outputSize = outputSize
        self.scale = scale
    }
}
