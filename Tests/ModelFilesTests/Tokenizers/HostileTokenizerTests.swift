import Foundation
import ModelFiles
import TestSupport
import Testing

/// Files that contradict themselves or ask for what is not built are refused with the reason.
struct HostileTokenizerTests {
    private func reason(_ body: () throws -> any Tokenizer) -> String {
        do {
            _ = try body()
            return "was read"
        } catch {
            return "\(error)"
        }
    }

    private func reason(ofJSON text: String) throws -> String {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("tokenizer.json")
        try Data(text.utf8).write(to: file)
        return reason { try TokenizerFile.read(tokenizerJSON: file.path) }
    }

    private func reason(
        ofMetadata name: String, _ change: (inout [String: MetadataValue]) throws -> Void
    ) throws -> String {
        var metadata =
            try name == "llama-spm" ? TokenizerFixture.sentencePieceMetadata() : TokenizerFixture.bytePairMetadata(name)
        try change(&metadata)
        return reason { try TokenizerFile.read(metadata: metadata, path: "model.gguf") }
    }

    /// A small byte-level file; every argument replaces one part of it.
    private func json(
        vocab: String = #"{"a": 0, "b": 1, "ab": 2}"#, merges: String = #"["a b"]"#, model: String = #""type": "BPE""#,
        before: String = #"{"type": "ByteLevel", "add_prefix_space": false}"#, normalizer: String = "null",
        added: String = "[]"
    ) -> String {
        """
        {"added_tokens": \(added), "normalizer": \(normalizer), "pre_tokenizer": \(before),
         "model": {\(model), "vocab": \(vocab), "merges": \(merges)}}
        """
    }

    @Test func theSmallFileItselfIsRead() throws {
        #expect(try reason(ofJSON: json()) == "was read")
        #expect(try reason(ofJSON: json(merges: #"[["a", "b"]]"#)) == "was read")
    }

    @Test func truncatedJSONIsRefusedWhereverItEnds() throws {
        let whole = Array(json().utf8)
        for length in 0..<whole.count {
            let text = String(decoding: whole[..<length], as: UTF8.self)
            let reason = try reason(ofJSON: text)
            #expect(reason.contains("JSON") || reason.contains("empty"), "\(length): \(reason)")
        }
    }

    @Test func contradictoryVocabulariesAreRefused() throws {
        #expect(try reason(ofJSON: json(vocab: #"{"a": 0, "b": 0, "ab": 2}"#)).contains("the id 0 stands for both"))
        #expect(try reason(ofJSON: json(vocab: #"{"a": 0, "a": 1, "ab": 2}"#)).contains("have the same text \"a\""))
        #expect(
            try reason(ofJSON: json(vocab: #"{"a": 0, "b": 99999999999, "ab": 2}"#)).contains("has the id 99999999999"))
        #expect(try reason(ofJSON: json(vocab: #"{"a": 0, "b": -1, "ab": 2}"#)).contains("\"b\" has no id"))
        #expect(try reason(ofJSON: json(vocab: #"{"a": 0, "b": "1", "ab": 2}"#)).contains("\"b\" has no id"))
        #expect(try reason(ofJSON: json(vocab: "[]")).contains("model.vocab"))
        #expect(try reason(ofJSON: json(vocab: "{}", merges: "[]")).contains("the vocabulary is empty"))
        #expect(try reason(ofJSON: json(added: #"[{"id": 0, "content": "<s>"}]"#)).contains("the id 0 stands for both"))
        #expect(try reason(ofJSON: json(added: #"[{"content": "<s>"}]"#)).contains("added_tokens"))
        #expect(
            try reason(ofJSON: json(added: #"[{"id": 7, "content": "x", "single_word": true}]"#)).contains(
                "single_word"))
    }

    @Test func brokenMergesAreRefused() throws {
        #expect(try reason(ofJSON: json(merges: #"["a c"]"#)).contains("merge 0 names \"c\", which is no token"))
        #expect(
            try reason(ofJSON: json(merges: #"["a b", "b a"]"#)).contains("merge 1 names \"ba\", which is no token"))
        #expect(try reason(ofJSON: json(merges: #"["ab"]"#)).contains("not two tokens"))
        #expect(try reason(ofJSON: json(merges: #"[["a", "b", "ab"]]"#)).contains("not two tokens"))
        #expect(try reason(ofJSON: json(merges: "{}")).contains("model.merges"))
    }

    @Test func whatIsNotBuiltIsNamed() throws {
        #expect(try reason(ofJSON: json(model: #""type": "WordPiece""#)).contains("\"WordPiece\" is not supported"))
        #expect(
            try reason(ofJSON: json(vocab: "[]", model: #""type": "Unigram""#)).contains("\"Unigram\" is not supported")
        )
        #expect(
            try reason(ofJSON: json(before: #"{"type": "Whitespace"}"#)).contains("\"Whitespace\" is not supported"))
        #expect(try reason(ofJSON: json(before: "null")).contains("byte-level"))
        #expect(try reason(ofJSON: json(normalizer: #"{"type": "NFKC"}"#)).contains("\"NFKC\" is not supported"))
        let split = #"{"type": "Split", "pattern": {"Regex": "[a-z]+"}, "behavior": "Isolated", "invert": false}"#
        #expect(try reason(ofJSON: json(before: split)).contains("[a-z]+"))
        #expect(
            try reason(ofJSON: json(model: #""type": "BPE", "end_of_word_suffix": "</w>""#)).contains(
                "end_of_word_suffix"))
        #expect(
            try reason(ofJSON: json(model: #""type": "BPE", "byte_fallback": true"#, before: "null")).contains("U+2581")
        )
        #expect(reason { try TokenizerFile.read(tokenizerJSON: "/nowhere/tokenizer.json") }.contains("tokenizer.json"))
    }

    @Test func contradictoryMetadataIsRefused() throws {
        #expect(
            try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.model"] = .string("t5") }.contains(
                "\"t5\" is not supported"))
        #expect(try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.model"] = nil }.contains("no tokenizer"))
        #expect(try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.pre"] = .string("tekken") }.contains("\"tekken\""))
        #expect(try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.pre"] = nil }.contains("tokenizer.ggml.pre"))
        #expect(
            try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.tokens"] = .ints([1]) }.contains(
                "tokenizer.ggml.tokens"))
        #expect(try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.merges"] = nil }.contains("tokenizer.ggml.merges"))
        #expect(
            try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.token_type"] = .ints([1, 1]) }.contains("1500 tokens"))
        #expect(
            try reason(ofMetadata: "gpt-2") { $0["tokenizer.ggml.eos_token_id"] = .int(1500) }.contains(
                "eos_token_id is 1500"))
        #expect(
            try reason(ofMetadata: "gpt-2") {
                $0["tokenizer.ggml.tokens"] = .strings(Array(repeating: "a", count: 1500))
            }.contains("tokens 0 and 1 have the same text"))
        #expect(try reason(ofMetadata: "llama-spm") { $0["tokenizer.ggml.scores"] = .floats([1]) }.contains("1 scores"))
        #expect(
            try reason(ofMetadata: "llama-spm") {
                $0["tokenizer.ggml.scores"] = .floats(Array(repeating: .nan, count: 1200))
            }.contains("not a number"))
        #expect(
            try reason(ofMetadata: "llama-spm") {
                $0["tokenizer.ggml.token_type"] = .ints(Array(repeating: 6, count: 1200))
            }.contains("byte token 0"))
        #expect(
            try reason(ofMetadata: "llama-spm") {
                $0["tokenizer.ggml.token_type"] = .ints(Array(repeating: 9, count: 1200))
            }.contains("unknown type 9"))
    }

    @Test func aModelWithoutATokenizerIsTold() throws {
        #expect(!TokenizerFile.isPresent(in: [:]))
        #expect(!TokenizerFile.isPresent(in: ["tokenizer.ggml.model": .string("none")]))
        #expect(TokenizerFile.isPresent(in: try TokenizerFixture.sentencePieceMetadata()))
    }
}
