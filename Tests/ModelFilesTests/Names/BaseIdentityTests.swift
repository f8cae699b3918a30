import DeckCore
import ModelFiles
import TestSupport
import Testing

@testable import ModelFiles

/// Names of one model compare equal however they are written; names of others contradict; the rest cannot be told.
@Suite struct BaseIdentityTests {
    @Test(arguments: [
        "HuggingFaceTB/SmolLM2-135M-Instruct", "huggingfacetb/smollm2-135m-instruct", "SmolLM2-135M-Instruct",
        "SmolLM2_135M_Instruct", "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct/tree/main", "SmolLM2-135M-Instruct-GGUF",
        "bartowski/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct-q4_k_m.gguf", "SmolLM2-135M-Instruct.IQ3_XXS",
        "unsloth/SmolLM2-135M-Instruct-bnb-4bit", "SmolLM2 135M Instruct", "Smollm2 135M 8k Lc100K Mix1 Ep2",
        "/var/cache/huggingface/hub/models--HuggingFaceTB--SmolLM2-135M-Instruct/snapshots/7e27bd9",
    ])
    func isOurs(_ name: String) {
        #expect(DemoBase.identity.judge(declared: [name]) == .verified)
    }

    @Test(arguments: [
        "meta-llama/Llama-3.2-1B", "HuggingFaceTB/SmolLM2-360M-Instruct", "HuggingFaceTB/SmolLM2-135M",
        "HuggingFaceTB/SmolLM-135M-Instruct", "Qwen/Qwen2.5-0.5B-Instruct", "mistralai/Mistral-7B-v0.1",
        "tiny-llama3", "HuggingFaceTB/SmolLM3-135M-Instruct", "acme/SmolLM2-135M-Instruct-sft",
        "https://huggingface.co/Qwen/Qwen3-0.6B",
    ])
    func isAnother(_ name: String) {
        guard case .contradicts = DemoBase.identity.judge(declared: [name]) else {
            Issue.record("\(DemoBase.identity.judge(declared: [name]))")
            return
        }
    }

    @Test(arguments: [
        "/data/me/checkpoints/out", "./out", "../models/SmolLM2-135M-Instruct", "~/models/x", "outputs/checkpoint-500",
        "C:\\models\\llama-7b", "acme/support-base", "base", "acme/SmolLM2-135M-Instruct-mirror", "a/b/c/Llama-3.2-1B",
        "",
    ])
    func cannotBeTold(_ name: String) {
        guard case .unknown = DemoBase.identity.judge(declared: [name]) else {
            Issue.record("\(DemoBase.identity.judge(declared: [name]))")
            return
        }
    }

    @Test func versionsAndOwnersCount() {
        let base = BaseIdentity(
            names: ["meta-llama/Llama-3.2-1B-Instruct"], digest: DemoBase.digest, architecture: .llama)
        #expect(base.judge(declared: ["meta-llama/Llama-3.2-1B-Instruct"]) == .verified)
        #expect(base.judge(declared: ["Llama-3.2-1B-Instruct.Q8_0.gguf"]) == .verified)
        guard case .contradicts = base.judge(declared: ["meta-llama/Llama-3.1-1B-Instruct"]) else {
            Issue.record("a version")
            return
        }
        guard case .unknown(let reason) = base.judge(declared: ["mallory/Llama-3.2-1B-Instruct"]) else {
            Issue.record("an owner")
            return
        }
        #expect(reason.contains("another owner"))
    }

    @Test func contradictionIsRefusedUnlessOverridden() throws {
        let forge = AdapterForge().setting("base_model_name_or_path", "\"acme/Forge-2M-Instruct\"")
        let refusal = try forge.refusal()
        #expect(refusal?.contains("acme/Forge-2M-Instruct") == true && refusal?.contains("Forge-1M-Instruct") == true)
        let adapter = try AdapterForge.reader().open(path: forge.write(), overrideBase: true)
        guard case .overridden = adapter.facts.verdict else {
            Issue.record("\(adapter.facts.verdict)")
            return
        }
        // Shapes must fit even so.
        var misfit = forge
        misfit.tensors[AdapterForge.tensor("model.layers.0.self_attn.q_proj", "A")] = AdapterForge.Tensor([2, 20]) {
            _ in 0
        }
        #expect(throws: AdapterRefusal.self) {
            try AdapterForge.reader().open(path: misfit.write(), overrideBase: true)
        }
    }

    @Test func unknownBaseLoadsAsUnverified() throws {
        for value in ["\"/data/me/out\"", "null", nil] {
            let path = try AdapterForge().setting("base_model_name_or_path", value).write()
            guard case .unverified = try AdapterForge.reader().open(path: path, overrideBase: false).facts.verdict
            else {
                Issue.record("\(value ?? "none")")
                continue
            }
        }
    }
}
