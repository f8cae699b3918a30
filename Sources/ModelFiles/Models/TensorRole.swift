/// What a tensor is for, independent of the file that it stands in.
public enum TensorRole: Hashable, Sendable {
    /// [vocabulary, hidden]
    case embedding
    /// [vocabulary, hidden]; the embedding itself when the model ties them
    case outputHead
    /// [hidden]
    case outputNorm
    /// [hidden], before attention
    case attentionNorm(layer: Int)
    /// [hidden], before the feed-forward part
    case feedForwardNorm(layer: Int)
    /// [headSize] (Qwen3)
    case queryNorm(layer: Int)
    /// [headSize] (Qwen3)
    case keyNorm(layer: Int)
    /// [output, input]
    case weight(LinearModule, layer: Int)
    /// [output]; q, k and v of Qwen2
    case bias(LinearModule, layer: Int)
}
