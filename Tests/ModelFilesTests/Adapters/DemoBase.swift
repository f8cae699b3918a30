import DeckCore
import ModelFiles
import TestSupport

/// The demo model as adapters see it, without its file: sizes and names of SmolLM2-135M-Instruct.
enum DemoBase {
    static func config(_ pairing: RotaryConfig.Pairing = .interleaved) -> ModelConfig {
        ModelConfig(
            architecture: .llama, layerCount: 30, hiddenSize: 576, headCount: 9, kvHeadCount: 3, headSize: 64,
            feedForwardSize: 1536, vocabularySize: 49152, contextLength: 8192, normEpsilon: 1e-5,
            rotary: RotaryConfig(theta: 100_000, scaling: .none, pairing: pairing), slidingWindow: nil)
    }

    static let digest = Digest(bytes: Array(repeating: UInt8(7), count: 32))!

    static let identity = BaseIdentity(
        names: ["Smollm2 135M 8k Lc100K Mix1 Ep2", "SmolLM2-135M-Instruct.Q4_1"], digest: digest, architecture: .llama)

    static func reader(
        _ pairing: RotaryConfig.Pairing = .interleaved, root: AdapterRoot? = nil
    ) -> AdapterReader {
        AdapterReader(base: identity, config: config(pairing), root: root)
    }
}
