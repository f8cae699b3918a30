import Foundation
import ModelFiles
import TestSupport
import Testing

/// The forms of `tokenizer.json` and of SentencePiece metadata that the goldens have no file of.
struct TokenizerJSONTests {
    /// Writes a SentencePiece vocabulary as Hugging Face's converter does: a merge for every two pieces that join to a third.
    private func sentencePiece(_ extra: [String: Any], configuration: [String: Any]? = nil) throws -> any Tokenizer {
        let metadata = try TokenizerFixture.sentencePieceMetadata()
        let pieces = metadata["tokenizer.ggml.tokens"]?.strings ?? []
        let vocabulary = Dictionary(uniqueKeysWithValues: pieces.enumerated().map { ($1, $0) })
        var merges: [[String]] = []
        for piece in pieces.dropFirst(259) {
            for border in piece.indices.dropFirst() {
                let (left, right) = (String(piece[..<border]), String(piece[border...]))
                if vocabulary[left] != nil, vocabulary[right] != nil { merges.append([left, right]) }
            }
        }
        var file: [String: Any] = [
            "added_tokens": [
                ["id": 1, "content": "<s>", "special": true], ["id": 2, "content": "</s>", "special": true],
            ],
            "model": [
                "type": "BPE", "unk_token": "<unk>", "byte_fallback": true, "fuse_unk": true, "vocab": vocabulary,
                "merges": merges,
            ] as [String: Any],
        ]
        file.merge(extra) { $1 }
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("tokenizer.json")
        try JSONSerialization.data(withJSONObject: file).write(to: path)
        let settings = folder.appendingPathComponent("tokenizer_config.json")
        if let configuration { try JSONSerialization.data(withJSONObject: configuration).write(to: settings) }
        return try TokenizerFile.read(
            tokenizerJSON: path.path, configuration: configuration == nil ? nil : settings.path, endTokens: [5])
    }

    private let prepending: [String: Any] = [
        "normalizer": [
            "type": "Sequence",
            "normalizers": [
                ["type": "Prepend", "prepend": "\u{2581}"],
                ["type": "Replace", "pattern": ["String": " "], "content": "\u{2581}"],
            ],
        ] as [String: Any]
    ]

    private func metaspace(_ scheme: String) -> [String: Any] {
        [
            "pre_tokenizer": [
                "type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": scheme, "split": false,
            ] as [String: Any]
        ]
    }

    @Test func llama2sFolderReadsAsItsGGUF() throws {
        let tokenizer = try sentencePiece(prepending)
        for golden in try TokenizerFixture.cases("llama-spm") {
            #expect(
                tokenizer.encode(golden.text, parsingSpecials: true) == golden.ids, "\(golden.text.debugDescription)")
        }
        #expect(tokenizer.endTokens == [2, 5])
        #expect(tokenizer.leadingSpacesToDrop == 1)
    }

    @Test func prefixFollowsItsScheme() throws {
        let word = try TokenizerFixture.tokenizer("llama-spm").encode("Hello", parsingSpecials: false)
        let bare = try sentencePiece(metaspace("never")).encode("Hello", parsingSpecials: false)
        #expect(word != bare)
        let text = "Hello</s>Hello"
        #expect(try sentencePiece(prepending).encode(text, parsingSpecials: true) == word + [2] + word)
        #expect(try sentencePiece(metaspace("always")).encode(text, parsingSpecials: true) == word + [2] + word)
        #expect(try sentencePiece(metaspace("first")).encode(text, parsingSpecials: true) == word + [2] + bare)
        #expect(try sentencePiece(metaspace("always")).encode(" Hello", parsingSpecials: true) == word)
        let parts: [PromptPart] = [.markup("</s>"), .content("Hel"), .content("lo")]
        #expect(try sentencePiece(metaspace("first")).encode(parts) == [2] + bare)
    }

    @Test func beginTokenFollowsTheTemplateThenTheConfiguration() throws {
        let template: [String: Any] = [
            "post_processor": [
                "type": "TemplateProcessing",
                "single": [["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]]],
            ] as [String: Any]
        ]
        let begins = prepending.merging(template) { $1 }
        #expect(try sentencePiece(prepending).beginToken == nil)
        #expect(try sentencePiece(begins).beginToken == 1)
        #expect(try sentencePiece(begins, configuration: ["add_bos_token": false]).beginToken == nil)
        let configured: [String: Any] = ["add_bos_token": true, "bos_token": ["content": "<s>"], "eos_token": "</s>"]
        #expect(try sentencePiece(prepending, configuration: configured).beginToken == 1)
    }

    @Test func unusedPiecesOnlyCarryMergesOn() throws {
        var metadata: [String: MetadataValue] = [
            "tokenizer.ggml.model": .string("llama"), "tokenizer.ggml.add_space_prefix": .bool(false),
            "tokenizer.ggml.tokens": .strings(["<unk>", "a", "b", "c", "ab", "abc"]),
            "tokenizer.ggml.scores": .floats([0, 0, 0, 0, -1, -2]),
            "tokenizer.ggml.token_type": .ints([2, 1, 1, 1, 5, 1]),
        ]
        let tokenizer = try TokenizerFile.read(metadata: metadata, path: "pieces")
        #expect(tokenizer.encode("abc", parsingSpecials: false) == [5])
        #expect(tokenizer.encode("abab", parsingSpecials: false) == [1, 2, 1, 2])
        // Without byte pieces, neighbours that have no piece share one unknown token.
        #expect(tokenizer.encode("axyb", parsingSpecials: false) == [1, 0, 2])
        #expect(tokenizer.leadingSpacesToDrop == 0)
        // A longer piece is reached although its characters are no pieces of their own.
        metadata["tokenizer.ggml.tokens"] = .strings(["<unk>", "a", "b", "c", "xy", "xyc"])
        metadata["tokenizer.ggml.token_type"] = .ints([2, 1, 1, 1, 1, 1])
        #expect(
            try TokenizerFile.read(metadata: metadata, path: "pieces").encode("xycx", parsingSpecials: false) == [5, 0])
    }

    @Test func addedTokensThatAreNotSpecialAreFoundInUsersText() throws {
        let added: [[String: Any]] = [
            ["id": 2, "content": "</s>", "special": true],
            ["id": 1200, "content": "<think>", "special": false, "lstrip": true, "rstrip": true],
            ["id": 1201, "content": "<think>>", "special": false],
        ]
        let tokenizer = try sentencePiece(metaspace("never").merging(["added_tokens": added]) { $1 })
        let a = tokenizer.encode("a", parsingSpecials: false)
        #expect(tokenizer.encode("a <think>\n a", parsingSpecials: false) == a + [1200] + a)
        #expect(tokenizer.encode("a<think>>a", parsingSpecials: false) == a + [1201] + a)
        #expect(tokenizer.bytes(of: 1200) == Array("<think>".utf8))
        #expect(tokenizer.bytes(of: 2).isEmpty)
        #expect(tokenizer.vocabularySize == 1202)
    }

    @Test func qwen2ComposesItsText() throws {
        let tokenizer = try TokenizerFixture.tokenizer("qwen2")
        let composed = tokenizer.encode("\u{C5}\u{E9}\u{AC00}", parsingSpecials: true)
        #expect(tokenizer.encode("A\u{30A}e\u{301}\u{1100}\u{1161}", parsingSpecials: true) == composed)
        #expect(tokenizer.encode("\u{212B}\u{E9}\u{AC00}", parsingSpecials: true) == composed)
        // U+0F73 decomposes to marks that must be put in order among their neighbours.
        #expect(tokenizer.decode(tokenizer.encode("\u{F73}\u{F71}", parsingSpecials: true)) == "\u{F71}\u{F71}\u{F72}")
    }
}
