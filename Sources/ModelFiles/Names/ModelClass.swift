/// The class that an adapter was trained on, as `auto_mapping.base_model_class` names it, looked up in a table of
/// architectures.
struct ModelClass {
    enum Judgement: Hashable {
        /// Models of this architecture are of this class, or the class says nothing of the architecture.
        case fits
        /// It is built otherwise.
        case isOther
        case isUnknown
    }

    let name: String

    init(_ name: String) { self.name = name }

    func judge(on architecture: Architecture) -> Judgement {
        let lower = name.lowercased()
        if Self.wrappers.contains(where: lower.hasPrefix) { return .fits }
        guard let known = Self.architectures[stem(lower)] else {
            return Self.others.contains(stem(lower)) ? .isOther : .isUnknown
        }
        return known.contains(architecture) ? .fits : .isOther
    }

    /// `qwen2` of `Qwen2ForSequenceClassification`.
    private func stem(_ lower: String) -> String {
        let name = lower.hasPrefix("fast") ? lower.dropFirst(4) : lower[...]
        for head in Self.heads where name.hasSuffix(head) && name.count > head.count {
            return String(name.dropLast(head.count))
        }
        return String(name)
    }

    /// Longer ones before their own endings.
    private static let heads = [
        "forconditionalgeneration", "forsequenceclassification", "fortokenclassification", "forquestionanswering",
        "formultiplechoice", "forcausallm", "formaskedlm", "lmheadmodel", "doubleheadsmodel", "pretrainedmodel",
        "textmodel", "model",
    ]
    /// Classes that stand around one of any architecture.
    private static let wrappers = ["peftmodel", "automodel", "autogptq", "ortmodel", "fastlanguagemodel", "fastmodel"]

    /// GGUF files of Mistral and Yi models call themselves llama.
    private static let architectures: [String: Set<Architecture>] = [
        "llama": [.llama], "yi": [.llama], "mistral": [.mistral, .llama], "qwen2": [.qwen2], "qwen3": [.qwen3],
    ]

    /// Architectures of transformers that none here is, however alike their names are.
    private static let others: Set<String> = [
        "llama4", "llama4text", "mllama", "llava", "llavanext", "mistral3", "ministral", "ministral3", "mixtral",
        "pixtral",
        "voxtral", "qwen", "qwen2moe", "qwen2vl", "qwen2_5_vl", "qwen2_5omni", "qwen2audio", "qwen3moe", "qwen3next",
        "qwen3vl", "qwen3vlmoe", "qwen3_5", "gemma", "gemma2", "gemma3", "gemma3n", "paligemma", "phi", "phi3", "phi3v",
        "phimoe", "phi4multimodal", "gpt2", "gptj", "gptneo", "gptneox", "gptbigcode", "gptoss", "falcon",
        "falconmamba",
        "falconh1", "bloom", "opt", "mpt", "stablelm", "starcoder2", "cohere", "cohere2", "granite", "granitemoe",
        "granitemoehybrid", "olmo", "olmo2", "olmo3", "olmoe", "deepseekv2", "deepseekv3", "smollm3", "idefics",
        "idefics2", "idefics3", "smolvlm", "glm", "glm4", "glm4moe", "chatglm", "internlm", "internlm2", "internlm3",
        "baichuan", "minicpm", "minicpm3", "nemotron", "exaone", "exaone4", "ernie4_5", "hunyuandense", "lfm2",
        "apertus",
        "seedoss", "dbrx", "jamba", "mamba", "mamba2", "rwkv", "rwkv7", "zamba2", "persimmon", "codegen", "xglm", "t5",
        "mt5", "umt5", "bart", "mbart", "pegasus", "marian", "whisper", "bert", "roberta", "xlmroberta", "deberta",
        "debertav2", "distilbert", "modernbert", "electra", "albert", "vit", "clip", "siglip", "bitnet",
    ]
}
