import DeckCore
import Testing

@testable import ModelFiles

/// Classes are looked up, not compared by how they begin.
@Suite struct ModelClassTests {
    @Test(arguments: [
        ("MistralForCausalLM", Architecture.llama, ModelClass.Judgement.fits), ("MistralForCausalLM", .mistral, .fits),
        ("LlamaForCausalLM", .llama, .fits), ("LlamaModel", .llama, .fits), ("LLaMAForCausalLM", .llama, .fits),
        ("FastLlamaModel", .llama, .fits), ("LlamaForSequenceClassification", .llama, .fits),
        ("YiForCausalLM", .llama, .fits), ("Qwen2ForSequenceClassification", .qwen2, .fits),
        ("Qwen3ForCausalLM", .qwen3, .fits), ("PeftModelForCausalLM", .llama, .fits),
        ("AutoModelForCausalLM", .qwen3, .fits), ("Llama4ForConditionalGeneration", .llama, .isOther),
        ("Llama4ForCausalLM", .llama, .isOther), ("Llama4TextModel", .llama, .isOther),
        ("MllamaForConditionalGeneration", .llama, .isOther), ("LlavaForConditionalGeneration", .llama, .isOther),
        ("Mistral3ForConditionalGeneration", .mistral, .isOther), ("MixtralForCausalLM", .llama, .isOther),
        ("Qwen2MoeForCausalLM", .qwen2, .isOther), ("Qwen2VLForConditionalGeneration", .qwen2, .isOther),
        ("Qwen2_5_VLForConditionalGeneration", .qwen2, .isOther), ("Qwen3MoeForCausalLM", .qwen3, .isOther),
        ("Qwen2ForCausalLM", .qwen3, .isOther), ("Qwen2ForCausalLM", .llama, .isOther),
        ("LlamaForCausalLM", .qwen2, .isOther), ("SmolLM3ForCausalLM", .llama, .isOther),
        ("GPT2LMHeadModel", .llama, .isOther), ("T5ForConditionalGeneration", .llama, .isOther),
        ("LlamaPirateForCausalLM", .llama, .isUnknown), ("Llama5ForCausalLM", .llama, .isUnknown),
        ("Model", .llama, .isUnknown),
        ("", .llama, .isUnknown),
    ])
    func isLookedUp(_ name: String, _ architecture: Architecture, _ judgement: ModelClass.Judgement) {
        #expect(ModelClass(name).judge(on: architecture) == judgement)
    }

    @Test(arguments: [
        ("MistralForCausalLM", "verified"), ("LlamaModel", "verified"), ("Llama5ForCausalLM", "unverified"),
        ("Llama4ForConditionalGeneration", nil), ("Qwen2ForCausalLM", nil),
    ])
    func decidesWithTheName(_ name: String, _ verdict: String?) throws {
        let forge = AdapterForge().setting("auto_mapping", "{\"base_model_class\": \"\(name)\"}")
        let path = try forge.write()
        let facts = try? AdapterForge.reader().open(path: path, overrideBase: false).facts
        #expect(facts?.verdict.word == verdict)
        if verdict == nil { #expect(try forge.refusal()?.contains(name) == true) }
    }
}
