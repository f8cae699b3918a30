import DeckCore
import TestSupport
import Testing

@testable import ModelFiles

/// Names as trainers, converters and users write them, against the names of bases: the verdict that a user would call right.
@Suite struct NameMatrixTests {
    enum Verdict: String {
        case verified, unverified, refused

        init(_ judgement: BaseIdentity.Judgement) {
            switch judgement {
            case .verified: self = .verified
            case .unknown: self = .unverified
            case .contradicts: self = .refused
            }
        }
    }

    /// What an adapter declares, what the base is known as, the base's architecture.
    struct Pair: CustomStringConvertible {
        let declared: String
        let names: [String]
        let architecture: Architecture
        let verdict: Verdict

        init(_ declared: String, _ names: [String], _ verdict: Verdict, _ architecture: Architecture = .llama) {
            self.declared = declared
            self.names = names
            self.architecture = architecture
            self.verdict = verdict
        }

        var description: String { "\(declared) on \(names): \(verdict)" }

        func check() {
            let base = BaseIdentity(names: names, digest: DemoBase.digest, architecture: architecture)
            let judgement = base.judge(declared: [declared])
            #expect(Verdict(judgement) == verdict, "\(judgement)")
        }
    }

    private static let demo = "HuggingFaceTB/SmolLM2-135M-Instruct"
    private static let demoMetadata = "Smollm2 135M 8k Lc100K Mix1 Ep2"
    private static let digestName = "sha256-" + String(repeating: "a7b1f3c9", count: 8)

    @Test(arguments: [
        Pair(demo, ["base", demoMetadata], .unverified),
        Pair(demo, [demoMetadata, digestName], .unverified),
        Pair(demo, ["model", "SmolLM2"], .unverified), Pair(demo, ["model", "SmolLM2 135M"], .unverified),
        Pair(demo, ["model", "LLaMA v2"], .unverified), Pair(demo, ["model", "llama"], .unverified),
        Pair(demo, [digestName], .unverified), Pair(demo, ["ggml-model-q4_0"], .unverified),
        Pair(demo, ["pytorch_model"], .unverified), Pair(demo, ["12"], .unverified), Pair(demo, [], .unverified),
        Pair(demo, ["final-checkpoint"], .unverified),
        Pair(demo, ["base", demo], .verified), Pair(demo, ["model", "LLaMA v2", "SmolLM2-135M-Instruct"], .verified),
        Pair(
            "TinyLlama/TinyLlama-1.1B-Chat-v1.0", ["model", "tinyllama_tinyllama-1.1b-chat-v1.0"], .verified),
        Pair("HuggingFaceTB/SmolLM2-360M-Instruct", ["base", demoMetadata], .refused),
        Pair("HuggingFaceTB/SmolLM2-360M-Instruct", ["SmolLM2", "SmolLM2-135M-Instruct"], .refused),
        Pair("Qwen/Qwen2.5-0.5B-Instruct", ["base"], .refused), Pair("google/gemma-2-2b", ["model"], .refused),
        Pair("meta-llama/Llama-3.2-1B", ["base"], .unverified), Pair("Qwen/Qwen3-0.6B", ["model"], .refused, .qwen2),
        Pair("Qwen/Qwen2.5-0.5B", ["model"], .unverified, .qwen2),
        Pair("HuggingFaceTB/SmolLM3-3B", ["model"], .refused),
    ])
    func filesThatSayNothing(_ pair: Pair) { pair.check() }

    @Test(
        arguments: [
            "-unsloth-bnb-4bit", "-bnb-4bit", "-unsloth", "-GGUF", "-AWQ", "-GPTQ", "-GPTQ-Int4",
            "-GPTQ-4bit-128g-actorder_True",
            "-AWQ-INT4", "-FP8", "-FP8-Dynamic", "-FP8-KV", "-4bit", "-8bit", "-mlx-4bit", "-4bit-mlx", "-4bit-DWQ",
            "-int4",
            "-int8", "-w4a16", "-quantized.w8a8", "-W4A16-G128", "-bf16", "-hf", "-nf4", "-NVFP4", "-exl2-4.0bpw",
            "-q4_k_m",
            ".Q8_0.gguf", ".IQ3_XXS", "-Q4_K_M-GGUF", "-Q4_0_4_8", "-UD-Q6_K_XL", ".i1-Q2_K", "-TQ1_0", "-onnx",
            "-int4-ov",
            "-HQQ", "-q4f16_1-MLC", "-imatrix", "-torchao-int4",
        ])
    func storageNamesNoModel(_ ending: String) {
        Pair("unsloth/SmolLM2-135M-Instruct" + ending, [Self.demoMetadata, "SmolLM2-135M-Instruct.Q4_1"], .verified)
            .check()
        Pair(Self.demo, ["SmolLM2-135M-Instruct" + ending], .verified).check()
        Pair("unsloth/SmolLM2-360M-Instruct" + ending, ["SmolLM2-135M-Instruct.Q4_1"], .refused).check()
    }

    @Test(arguments: [
        Pair("meta-llama/Llama-2-7b-chat-hf", ["Llama 2 7b chat"], .verified),
        Pair("meta-llama/Llama-2-7b-chat-hf", ["llama-2-7b-chat.Q4_K_M"], .verified),
        Pair("meta-llama/Llama-2-7b-chat-hf", ["LLaMA v2"], .unverified),
        Pair("meta-llama/Llama-2-7b-hf", ["Llama-2-13b"], .refused),
        Pair("Llama-2-7b", ["Llama-2-13b", "LLaMA v2"], .refused),
        Pair("meta-llama/Llama-2-7b-hf", ["Llama-2-7b-chat"], .refused),
        Pair("llama-2-7b", ["Llama-2-7b-chat"], .unverified),
        Pair("NousResearch/Llama-2-7b-hf", ["meta-llama/Llama-2-7b-hf"], .verified),
        Pair("TheBloke/Llama-2-7B-Chat-GPTQ", ["llama-2-7b-chat"], .verified),
        Pair("meta-llama/Meta-Llama-3-8B-Instruct", ["Llama-3-8B-Instruct"], .verified),
        Pair("meta-llama/Llama-3.1-8B-Instruct", ["Meta-Llama-3.1-8B-Instruct-Q4_K_M"], .verified),
        Pair("meta-llama/Llama-3.1-8B-Instruct", ["Meta-Llama-3-8B-Instruct"], .refused),
        Pair("meta-llama/Llama-3.2-1B-Instruct", ["Llama-3.1-8B-Instruct"], .refused),
        Pair("meta-llama/Llama-3.2-1B-Instruct", ["Llama-3.2-3B-Instruct"], .refused),
        Pair("meta-llama/Llama-3.2-1B", ["Llama-3.2-1B-Instruct"], .refused),
        Pair("unsloth/Llama-3.2-1B-Instruct-bnb-4bit", ["Llama-3.2-1B-Instruct-UD-Q4_K_XL"], .verified),
        Pair("unsloth/Llama-3.2-1B-Instruct", ["llama3.2:1b-instruct-q8_0"], .verified),
        Pair("llama-3-2-1b-instruct", ["Llama-3.2-1B-Instruct"], .verified),
        Pair("accounts-llama-v3p2-1b-instruct", ["Llama-3.2-1B"], .unverified),
        Pair("llama3.2", ["Llama-3.2-1B-Instruct"], .unverified), Pair("llama3.1", ["Llama-3.2-1B-Instruct"], .refused),
        Pair("codellama/CodeLlama-7b-hf", ["Llama-2-7b"], .refused),
        Pair("openlm-research/open_llama_3b_v2", ["Llama-3.2-3B"], .refused),
        Pair("TinyLlama/TinyLlama-1.1B-Chat-v1.0", ["tinyllama-1.1b-chat-v1.0.Q4_K_M"], .verified),
        Pair("TinyLlama/TinyLlama-1.1B-Chat-v1.0", ["tinyllama-1.1b-chat"], .unverified),
        Pair("TinyLlama/TinyLlama-1.1B-Chat-v1.0", ["TinyLlama-1.1B-Chat-v0.3"], .refused),
        Pair("TinyLlama/TinyLlama_v1.1", ["TinyLlama-1.1B-Chat-v1.0"], .refused),
        Pair("unsloth/tinyllama-bnb-4bit", ["TinyLlama-1.1B-Chat-v1.0"], .unverified),
        Pair("TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T", ["tinyllama-1.1b-chat-v1.0"], .refused),
        Pair("meta-llama/Llama-3.2-1B", ["TinyLlama-1.1B"], .refused),
        Pair("NousResearch/Hermes-3-Llama-3.1-8B", ["Hermes-3-Llama-3.1-8B.Q4_K_M"], .verified),
        Pair("meta-llama/Llama-3.1-8B-Instruct", ["Hermes-3-Llama-3.1-8B"], .refused),
    ])
    func llamas(_ pair: Pair) { pair.check() }

    @Test(arguments: [
        Pair(demo, ["SmolLM2-135M-Instruct-Q8_0"], .verified), Pair(demo, ["SmolLM-135M-Instruct"], .unverified),
        Pair("HuggingFaceTB/SmolLM-135M-Instruct", ["SmolLM2-135M-Instruct"], .refused),
        Pair("HuggingFaceTB/SmolLM2-135M", ["SmolLM2-135M-Instruct"], .refused),
        Pair("HuggingFaceTB/SmolLM2-135M", ["base", demoMetadata], .unverified),
        Pair("smollm2", [demoMetadata], .unverified),
        Pair("smollm2:135m", ["SmolLM2-135M-Instruct"], .unverified),
        Pair("SmolLM2 135M Instruct", [demo], .verified), Pair("smollm2_135m_instruct", [demo], .verified),
        Pair("HuggingFaceTB_SmolLM2-135M-Instruct", [demo], .verified),
        Pair("acme/smol-lm2-135m-instruct", ["SmolLM2-135M-Instruct"], .verified),
        Pair("HuggingFaceTB/SmolLM2-1.7B-Instruct", ["SmolLM2-135M-Instruct"], .refused),
        Pair("acme/support-base", ["SmolLM2-135M-Instruct"], .unverified),
        Pair("acme/support-3b", ["SmolLM2-135M-Instruct"], .refused),
        Pair("acme/support-base", ["support-base"], .verified), Pair("base", ["base"], .unverified),
        Pair("model", ["model"], .unverified), Pair("llama", ["llama"], .unverified),
    ])
    func smallModels(_ pair: Pair) { pair.check() }

    @Test(arguments: [
        Pair("Qwen/Qwen2.5-0.5B-Instruct", ["Qwen2.5-0.5B-Instruct-Q4_K_M"], .verified),
        Pair("Qwen/Qwen2.5-0.5B-Instruct", ["qwen2.5-0.5b-instruct-fp16"], .verified),
        Pair("Qwen/Qwen2.5-0.5B-Instruct", ["Qwen2-0.5B-Instruct"], .refused),
        Pair("Qwen/Qwen2-7B-Instruct", ["Qwen2.5-7B-Instruct"], .refused),
        Pair("Qwen/Qwen1.5-0.5B-Chat", ["Qwen2-0.5B-Instruct"], .refused),
        Pair("Qwen/Qwen-7B", ["Qwen2-7B"], .refused), Pair("Qwen/Qwen2.5-7B", ["Qwen2.5-14B"], .refused),
        Pair("Qwen/Qwen2.5-7B", ["qwen"], .unverified), Pair("qwen2_5-7b-instruct", ["Qwen2.5-7B-Instruct"], .verified),
        Pair("Qwen_Qwen2.5-7B-Instruct", ["Qwen/Qwen2.5-7B-Instruct"], .verified),
        Pair("qwen2p5-7b-instruct", ["Qwen2.5-7B-Instruct"], .verified),
        Pair("Qwen/Qwen2.5-Coder-7B-Instruct", ["Qwen2.5-7B-Instruct"], .refused),
        Pair("Qwen/Qwen2.5-7B-Instruct", ["Qwen2.5-Coder-7B-Instruct"], .refused),
        Pair("Qwen/Qwen2.5-Math-1.5B", ["Qwen2.5 Coder 1.5B"], .refused),
        Pair("Qwen/Qwen2.5-1.5B", ["Qwen2.5-0.5B"], .refused), Pair("Qwen/Qwen2.5-0.5B", ["qwen2.5-494M"], .unverified),
        Pair("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", ["DeepSeek-R1-Distill-Qwen-7B-Q4_K_M"], .verified),
        Pair("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", ["deepseek-ai_DeepSeek-R1-Distill-Qwen-7B"], .verified),
        Pair("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", ["DeepSeek-R1-Distill-Qwen-7B"], .refused),
        Pair("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", ["DeepSeek-R1-Distill-Qwen-7B"], .refused),
        Pair("Qwen/Qwen2.5-7B-Instruct", ["DeepSeek-R1-Distill-Qwen-7B"], .refused),
        Pair("unsloth/DeepSeek-R1-Distill-Qwen-7B-unsloth-bnb-4bit", ["DeepSeek R1 Distill Qwen 7B"], .verified),
    ])
    func qwen2(_ pair: Pair) {
        Pair(pair.declared, pair.names, pair.verdict, .qwen2).check()
    }

    @Test(arguments: [
        Pair("Qwen/Qwen3-0.6B", ["Qwen3-0.6B-Q8_0"], .verified, .qwen3),
        Pair("Qwen/Qwen3-0.6B-Base", ["Qwen/Qwen3-0.6B"], .refused, .qwen3),
        Pair("Qwen/Qwen3-0.6B", ["Qwen3-0.6B-Base"], .refused, .qwen3),
        Pair("Qwen/Qwen3-1.7B", ["Qwen3-0.6B"], .refused, .qwen3),
        Pair("Qwen/Qwen3-4B-Instruct-2507", ["Qwen3-4B-Instruct-2507-FP8"], .verified, .qwen3),
        Pair("Qwen/Qwen3-4B-Thinking-2507", ["Qwen3-4B-Instruct-2507"], .refused, .qwen3),
        Pair("Qwen/Qwen2.5-0.5B", ["Qwen3-0.6B"], .refused, .qwen3),
        Pair("mistralai/Mistral-7B-v0.1", ["mistral-7b-v0.1.Q4_K_M"], .verified),
        Pair("mistralai/Mistral-7B-v0.1", ["Mistral-7B-v0.3"], .refused),
        Pair("mistralai/Mistral-7B-Instruct-v0.2", ["mistral-7b-instruct-v0.3"], .refused),
        Pair("unsloth/mistral-7b-instruct-v0.2-bnb-4bit", ["mistral-7b-instruct-v0.2"], .verified, .mistral),
        Pair("unsloth/mistral-7b-bnb-4bit", ["mistral-7b-v0.1"], .unverified),
        Pair("mistralai/Mistral-7B-v0.1", ["Mistral-7B"], .unverified),
        Pair("mistralai/Mistral-7B-Instruct-v0.1", ["Mistral-7B-v0.1-Instruct"], .verified),
        Pair("mistralai/Mistral-Nemo-Instruct-2407", ["Mistral-7B-Instruct-v0.3"], .refused),
        Pair("mistralai/Mixtral-8x7B-v0.1", ["Mistral-7B-v0.1"], .refused),
        Pair("meta-llama/Llama-3-8B", ["Mistral-7B-v0.1"], .refused),
        Pair("HuggingFaceH4/zephyr-7b-beta", ["zephyr-7b-beta.Q4_K_M"], .verified),
        Pair("HuggingFaceH4/zephyr-7b-beta", ["mistral-7b-v0.1"], .refused),
        Pair("lmsys/vicuna-7b-v1.5", ["Llama-2-7b"], .refused), Pair("01-ai/Yi-6B", ["Yi-6B.Q4_0"], .verified),
        Pair("google/gemma-2-2b", ["gemma-2-9b"], .refused), Pair("google/gemma-2-2b", ["gemma-2-2b"], .verified),
        Pair("google/gemma-2b", ["gemma-2-2b"], .refused), Pair("gemma", ["gemma-2-2b"], .unverified),
        Pair("google/gemma-2-2b-it", ["gemma2:2b-instruct-q4_K_M"], .unverified),
        Pair("microsoft/Phi-3-mini-4k-instruct", ["Phi-3.5-mini-instruct"], .refused),
        Pair("microsoft/Phi-3-mini-4k-instruct", ["Phi-3-mini-4k-instruct-q4"], .verified),
        Pair("microsoft/Phi-3-mini-4k-instruct", ["Phi-3-medium-4k-instruct"], .refused),
        Pair("microsoft/Phi-3.5-mini-instruct", ["phi-3-5-mini-instruct"], .verified),
        Pair("microsoft/phi-2", ["Phi-3-mini"], .refused),
        Pair("deepseek-ai/deepseek-coder-6.7b-instruct", ["deepseek-coder-7b-instruct"], .unverified),
    ])
    func others(_ pair: Pair) { pair.check() }

    @Test(arguments: [
        Pair("../../SmolLM2/", [demo], .unverified), Pair("C:\\models\\x", [demo], .unverified),
        Pair("C:/models/SmolLM2-360M", [demo], .unverified), Pair("file:///models/Llama-3.2-1B", [demo], .unverified),
        Pair("s3://bucket/Qwen2.5-0.5B", [demo], .unverified), Pair("~/SmolLM2-360M", [demo], .unverified),
        Pair("models/SmolLM2-360M", [demo], .unverified), Pair("outputs/checkpoint-500", [demo], .unverified),
        Pair("/kaggle/input/llama-3.2/transformers/1b/1", [demo], .unverified),
        Pair(
            "/srv/models/.cache/huggingface/hub/models--HuggingFaceTB--SmolLM2-135M-Instruct/snapshots/7e27bd9", [demo],
            .verified),
        Pair(
            "C:\\Users\\me\\.cache\\huggingface\\hub\\models--HuggingFaceTB--SmolLM2-135M-Instruct\\snapshots\\7e27",
            [demo], .verified),
        Pair("/x/models--HuggingFaceTB--SmolLM2-360M-Instruct/snapshots/7e27bd9", [demo], .refused),
        Pair("/srv/models/.cache/modelscope/hub/models/HuggingFaceTB/SmolLM2-135M-Instruct", [demo], .verified),
        Pair("/mnt/modelscope/hub/Qwen/Qwen2___5-7B-Instruct", ["Qwen2.5-7B-Instruct"], .verified, .qwen2),
        Pair("hf.co/unsloth/SmolLM2-135M-Instruct-GGUF:Q4_K_M", [demo], .verified),
        Pair("hf://HuggingFaceTB/SmolLM2-135M-Instruct@main", [demo], .verified),
        Pair("HUGGINGFACETB/SMOLLM2-135M-INSTRUCT", [demo], .verified),
        Pair("mallory/SmolLM2-135M-Instruct", [demo], .unverified), Pair("null", [demo], .unverified),
        Pair("   ", [demo], .unverified), Pair("🙂", [demo], .unverified), Pair("////", [demo], .unverified),
        Pair("models--", [demo], .unverified), Pair("@", [demo], .unverified), Pair("...", [demo], .unverified),
    ])
    func placesAsTrainersWriteThem(_ pair: Pair) { pair.check() }

    /// One name of the base that fits outweighs a name of it that says otherwise: a tuner's file keeps old metadata.
    @Test func anyNameOfTheBaseMaySettleAnAspect() {
        let names = ["mistral-7b", "Llama 3 8B"]
        Pair("mistralai/Mistral-7B-v0.1", names, .unverified).check()
        Pair("meta-llama/Meta-Llama-3-8B", names, .verified).check()
        Pair("meta-llama/Llama-2-13b", names, .refused).check()
    }

    /// Whatever a file calls itself: judging it ends, and nothing contradicts its own name.
    @Test func hostileNamesAreJudged() {
        var generator = SeededGenerator(seed: 41)
        let pieces = [
            "smol", "lm2", "llama", "-", "_", ".", "/", "\\", "7b", "v0.1", "q4", "k", "m", "models--", "--", ":", "@",
            "\n",
            "\u{0}", "é", "8x", "p5", "fp8", "kv", "w4a", "int", "sha256", "0",
        ]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...12, using: &generator)
            let name = (0..<count).map { _ in pieces[Int.random(in: pieces.indices, using: &generator)] }.joined()
            let base = BaseIdentity(names: [name, "SmolLM2-135M"], digest: DemoBase.digest, architecture: .llama)
            if case .contradicts(let found) = base.judge(declared: [name]) { Issue.record("\(name): \(found)") }
        }
    }

    @Test func theMessageShowsEveryNameAndWhatDecided() {
        let base = BaseIdentity(
            names: ["Llama-2-13b", "LLaMA v2"], digest: DemoBase.digest, architecture: .llama)
        guard case .contradicts(let found) = base.judge(declared: ["meta-llama/Llama-2-7b-hf"]) else {
            Issue.record("it was not refused")
            return
        }
        #expect(
            found.reason
                == "The size differs: 7b there, 13b in “Llama-2-13b” (ours is known as “Llama-2-13b”, “LLaMA v2”)")
        guard case .unknown(let doubt) = base.judge(declared: ["llama-2"]) else {
            Issue.record("it was told")
            return
        }
        #expect(doubt.contains("llama-2") && doubt.contains("“Llama-2-13b”, “LLaMA v2”"))
    }
}
