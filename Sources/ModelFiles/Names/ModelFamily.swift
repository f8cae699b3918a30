/// Families of models that names are told apart by, and what each of them is built as.
enum ModelFamily {
    /// Whether `word`, in lower case, is a family's name.
    static func isKnown(_ word: String) -> Bool { architectures[word] != nil }

    /// The longest family that `word` starts with.
    static func prefix(of word: String) -> String? {
        architectures.keys.filter { word.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
    }

    /// Whether a model of this family and generation can have the architecture. True for families that are tuned from
    /// models of any.
    static func canBe(_ architecture: Architecture, family: String, generation: String?) -> Bool {
        guard case .some(.some(let known)) = architectures[family] else { return true }
        switch (family, generation?.first) {
        case ("qwen", "3"?): return architecture == .qwen3
        case ("qwen", "1"?), ("qwen", "2"?): return architecture == .qwen2
        case ("smollm", "3"?): return false
        default: return known.contains(architecture)
        }
    }

    /// GGUF files of Mistral models call themselves llama. An empty set: none of those that run here. Nil: any.
    private static let architectures: [String: Set<Architecture>?] = [
        "llama": [.llama], "tinyllama": [.llama], "codellama": [.llama], "openllama": [.llama], "smollm": [.llama],
        "vicuna": [.llama], "yi": [.llama], "solar": [.llama], "mistral": [.llama, .mistral],
        "ministral": [.llama, .mistral], "mathstral": [.llama, .mistral], "codestral": [.llama, .mistral],
        "devstral": [.llama, .mistral], "magistral": [.llama, .mistral], "zephyr": [.llama, .mistral],
        "qwen": [.qwen2, .qwen3], "qwq": [.qwen2],
        "mixtral": [], "gemma": [], "granite": [], "stablelm": [], "gpt": [], "olmo": [], "pythia": [], "opt": [],
        "bloom": [], "mpt": [], "glm": [], "chatglm": [], "starcoder": [], "dbrx": [], "exaone": [], "lfm": [],
        "rwkv": [], "mamba": [], "jamba": [], "cohere": [], "aya": [], "bitnet": [],
        "deepseek": nil, "hermes": nil, "openhermes": nil, "dolphin": nil, "openchat": nil, "starling": nil,
        "wizardlm": nil, "orca": nil, "alpaca": nil, "guanaco": nil, "airoboros": nil, "falcon": nil, "phi": nil,
        "internlm": nil, "baichuan": nil, "nemotron": nil, "minicpm": nil,
    ]
}
