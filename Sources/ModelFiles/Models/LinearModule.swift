/// The linear layers of a transformer block, which are what an adapter can change.
public enum LinearModule: Int, Hashable, Sendable, CaseIterable, Comparable, BitwiseCopyable {
    case query, key, value, output, gate, up, down

    /// The last component of the module's path, as PEFT's `target_modules` name it.
    public var name: String {
        switch self {
        case .query: "q_proj"
        case .key: "k_proj"
        case .value: "v_proj"
        case .output: "o_proj"
        case .gate: "gate_proj"
        case .up: "up_proj"
        case .down: "down_proj"
        }
    }

    /// The module's path in Hugging Face's layout, from the model's root.
    public func path(layer: Int) -> String {
        switch self {
        case .query, .key, .value, .output: "model.layers.\(layer).self_attn.\(name)"
        case .gate, .up, .down: "model.layers.\(layer).mlp.\(name)"
        }
    }

    /// Width of the input rows.
    public func inputSize(_ config: ModelConfig) -> Int {
        switch self {
        case .query, .key, .value, .gate, .up: config.hiddenSize
        case .output: config.querySize
        case .down: config.feedForwardSize
        }
    }

    /// Width of the output rows.
    public func outputSize(_ config: ModelConfig) -> Int {
        switch self {
        case .query: config.querySize
        case .key, .value: config.kvSize
        case .output, .down: config.hiddenSize
        case .gate, .up: config.feedForwardSize
        }
    }

    public static func < (left: LinearModule, right: LinearModule) -> Bool { left.rawValue < right.rawValue }
}
