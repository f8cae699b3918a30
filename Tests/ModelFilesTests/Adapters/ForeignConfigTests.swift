import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Configurations and weights that are something else: what they are, and what to do.
@Suite struct ForeignConfigTests {
    private func refusal(_ name: String, _ data: Data) throws -> String {
        let path = try AdapterForge().write()
        try data.write(to: URL(fileURLWithPath: path).appendingPathComponent(name))
        do {
            _ = try AdapterForge.reader().open(path: path, overrideBase: false)
            return "it was opened"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: FileKindTests.foreign.indices, ["adapter_config.json", "adapter_model.safetensors"])
    func isToldForWhatItIs(_ index: Int, _ name: String) throws {
        let (_, data, said, cure) = FileKindTests.foreign[index]
        let reason = try refusal(name, data)
        #expect(reason.contains(name) && reason.contains(said) && reason.contains(cure), "\(reason)")
    }

    @Test(arguments: [
        ("{\"error\": \"Repository not found\"}", "a server's error, \"Repository not found\""),
        ("{\"error\": {\"message\": \"Invalid token\", \"code\": 401}}", "a server's error, \"Invalid token\""),
        ("{\"detail\": \"Not Found\"}", "a server's error, \"Not Found\""),
        ("{\"fine_tune_type\": \"lora\", \"num_layers\": 16, \"lora_parameters\": {\"rank\": 8}}", "an adapter of MLX"),
        ("{\"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": 16}", "of a whole model"),
        ("[]", "holds an array, not an object"), ("null", "holds null, not an object"), ("{}", "peft_type is missing"),
        ("{\"peft_type\": \"LORA\"", "invalid JSON at byte"), ("", "the file is empty"),
    ])
    func isJSONOfAnotherKind(_ text: String, _ reason: String) throws {
        let refusal = try refusal("adapter_config.json", Data(text.utf8))
        #expect(refusal.contains(reason), "\(refusal)")
    }

    @Test func aMarkBeforeTheTextIsNoMatter() throws {
        let marked = Data([0xEF, 0xBB, 0xBF]) + Data(AdapterForge().configText.utf8)
        #expect(try refusal("adapter_config.json", marked) == "it was opened")
    }

    @Test func aGGUFInTheWeightsPlace() throws {
        #expect(
            try refusal("adapter_model.safetensors", GGUFForge().data()).contains("a GGUF file, not a safetensors file")
        )
        #expect(try refusal("adapter_config.json", AdapterForge().weights()).contains("a safetensors file, not JSON"))
    }
}
