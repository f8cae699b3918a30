/// What the forward pass reads a base model from. `BaseModel` is the real one; tests build small ones in memory.
public protocol WeightSource: Sendable {
    var config: ModelConfig { get }

    /// The tensor that plays a role, or nil when the model has none (a bias, a q/k norm).
    /// Shapes have been checked against `config`. A tied output head answers with the embedding.
    func tensor(_ role: TensorRole) -> TensorView?
}
