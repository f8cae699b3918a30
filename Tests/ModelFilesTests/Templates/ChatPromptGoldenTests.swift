import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// The prompts of the oracle's cases, through the demo model's own template and tokenizer.
struct ChatPromptGoldenTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            let prompt: String
            let prompt_ids: [Int]
            let greedy_ids: [Int]
            let greedy_text: String
        }
        let cases: [Case]
    }

    @Test func promptsGiveTheOraclesIds() throws {
        let file = try GGUFFile(path: Fixture.model.path)
        let tokenizer = try TokenizerFixture.demo.get()
        let source = try #require(file.metadata["tokenizer.chat_template"]?.string)
        let template = try ChatTemplate.recognise(source)
        #expect(template.style == .chatml)
        #expect(template.defaultSystem == "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
        let golden: Golden = try Fixture.golden("smollm2.json")
        #expect(golden.cases.count == 62)
        for example in golden.cases {
            let ids =
                example.prompt.hasPrefix("RAW:")
                ? tokenizer.encode(String(example.prompt.dropFirst(4)), parsingSpecials: true)
                : try template.encode([ChatMessage(role: "user", content: example.prompt)], with: tokenizer)
            #expect(ids == example.prompt_ids, "\(example.prompt)")
            let ending = example.greedy_ids.last == 2 ? "<|im_end|>" : ""
            var detokenizer = StreamingDetokenizer(tokenizer: tokenizer)
            let text = example.greedy_ids.map { detokenizer.append($0) }.joined() + detokenizer.finish()
            #expect(text + ending == example.greedy_text)
        }
    }
}
