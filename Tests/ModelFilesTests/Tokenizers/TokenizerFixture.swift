import Foundation
import ModelFiles
import TestSupport

/// A golden string and its ids.
struct TokenizerCase: Decodable, Sendable {
    let text: String
    let ids: [Int]
}

/// The tokenizers that tests read.
enum TokenizerFixture {
    /// The vocabularies of `Goldens/tokenizers` that have a `tokenizer.json`.
    static let names = ["gpt-2", "llama-bpe", "qwen2"]

    static func cases(_ name: String) throws -> [TokenizerCase] {
        try Fixture.golden("tokenizers/\(name)/golden.json")
    }

    static func tokenizerJSON(_ name: String) -> String {
        Fixture.goldens.appendingPathComponent("tokenizers/\(name)/tokenizer.json").path
    }

    /// A tokenizer read from its golden `tokenizer.json`, or from GGUF metadata made of its golden vocabulary.
    static func tokenizer(_ name: String) throws -> any Tokenizer {
        guard name == "llama-spm" else { return try TokenizerFile.read(tokenizerJSON: tokenizerJSON(name)) }
        return try TokenizerFile.read(metadata: sentencePieceMetadata(), path: "llama-spm")
    }

    /// The demo model's tokenizer.
    static let demo: Result<any Tokenizer, any Error> = Result {
        let file = try GGUFFile(path: Fixture.model.path)
        return try TokenizerFile.read(metadata: file.metadata, path: file.path)
    }

    /// A byte-level `tokenizer.json` as the metadata that a converter would write.
    static func bytePairMetadata(_ name: String) throws -> [String: MetadataValue] {
        struct File: Decodable {
            struct Added: Decodable { let id: Int }
            struct Model: Decodable {
                let vocab: [String: Int]
                let merges: [[String]]
            }
            let added_tokens: [Added]
            let model: Model
        }
        let file = try JSONDecoder().decode(
            File.self, from: Data(contentsOf: URL(fileURLWithPath: tokenizerJSON(name))))
        let special = Set(file.added_tokens.map(\.id))
        return [
            "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string(name),
            "tokenizer.ggml.tokens": .strings(file.model.vocab.sorted { $0.value < $1.value }.map(\.key)),
            "tokenizer.ggml.token_type": .ints((0..<file.model.vocab.count).map { special.contains($0) ? 3 : 1 }),
            "tokenizer.ggml.merges": .strings(file.model.merges.map { $0.joined(separator: " ") }),
            "tokenizer.ggml.bos_token_id": .int(1), "tokenizer.ggml.eos_token_id": .int(2),
        ]
    }

    static func sentencePieceMetadata() throws -> [String: MetadataValue] {
        struct File: Decodable {
            struct Piece: Decodable {
                let piece: String
                let score: Float
                let type: String
            }
            let pieces: [Piece]
        }
        let file: File = try Fixture.golden("tokenizers/llama-spm/vocabulary.json")
        let types = ["normal": 1, "unknown": 2, "control": 3, "user_defined": 4, "unused": 5, "byte": 6]
        return [
            "tokenizer.ggml.model": .string("llama"),
            "tokenizer.ggml.tokens": .strings(file.pieces.map(\.piece)),
            "tokenizer.ggml.scores": .floats(file.pieces.map(\.score)),
            "tokenizer.ggml.token_type": .ints(file.pieces.map { types[$0.type] ?? 0 }),
            "tokenizer.ggml.bos_token_id": .int(1), "tokenizer.ggml.eos_token_id": .int(2),
        ]
    }

    /// Text of every script and spacing that splitting rules care about.
    static func randomText(_ generator: inout SeededGenerator, length: Int) -> String {
        let alphabet: [String] = [
            "a", "b", "Z", "the ", " of", "'s", "'RE", "'", "1", "23", "٣", "½", "Ⅻ", " ", "  ", "\t", "\n", "\r\n",
            "\u{A0}",
            "\u{3000}", "é", "e\u{301}", "Å", "\u{212B}", "日", "本", "한", "\u{1112}\u{1161}", "א", "ع", "ก็", "🏳️‍🌈", "👩‍👧",
            "!", "...",
            "$", "_", "-", "\u{0}", "\u{7F}", "\u{FEFF}", "\u{10FFFF}", "<|im_end|>", "</s>", "<0x41>", "▁", "ſ",
            "\u{200D}",
        ]
        return (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "" }.joined()
    }
}
