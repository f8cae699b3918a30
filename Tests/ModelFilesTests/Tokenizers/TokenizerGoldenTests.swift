import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// The oracle's ids, string for string.
struct TokenizerGoldenTests {
    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func idsEqualTheOracles(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        let cases = try TokenizerFixture.cases(name)
        #expect(cases.count >= 100)
        for golden in cases {
            #expect(
                tokenizer.encode(golden.text, parsingSpecials: true) == golden.ids, "\(golden.text.debugDescription)")
        }
    }

    @Test(arguments: TokenizerFixture.names)
    func metadataOfAGGUFGivesTheSame(_ name: String) throws {
        let tokenizer = try TokenizerFile.read(metadata: TokenizerFixture.bytePairMetadata(name), path: name)
        for golden in try TokenizerFixture.cases(name) {
            #expect(
                tokenizer.encode(golden.text, parsingSpecials: true) == golden.ids, "\(golden.text.debugDescription)")
        }
        #expect(tokenizer.beginToken == (name == "llama-bpe" ? 1 : nil))
        #expect(tokenizer.endTokens == [0, 2])
    }

    @Test func demoModelsIdsEqualTheOracles() throws {
        let tokenizer = try TokenizerFixture.demo.get()
        let cases: [TokenizerCase] = try Fixture.golden("tokenizer.json")
        #expect(cases.count == 300)
        for golden in cases {
            #expect(
                tokenizer.encode(golden.text, parsingSpecials: true) == golden.ids, "\(golden.text.debugDescription)")
        }
        #expect(tokenizer.vocabularySize == 49152)
        #expect(tokenizer.beginToken == nil)
        #expect(tokenizer.endTokens == [0, 2])
        #expect(tokenizer.bytes(of: 2).isEmpty)
        #expect(tokenizer.bytes(of: -1).isEmpty)
        #expect(tokenizer.bytes(of: 49152).isEmpty)
    }

    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func decodingGivesTheTextBack(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        var generator = SeededGenerator(seed: 7)
        for length in 1...200 {
            let text = TokenizerFixture.randomText(&generator, length: length % 40 + 1)
            let ids = tokenizer.encode(text, parsingSpecials: false)
            var expected = name == "qwen2" ? text.precomposedStringWithCanonicalMapping : text
            // SentencePiece writes a space as U+2581 and cannot tell one from the other afterwards.
            if name == "llama-spm" { expected = expected.replacing("\u{2581}", with: " ") }
            #expect(Array(tokenizer.decode(ids).utf8) == Array(expected.utf8), "\(text.debugDescription)")
        }
    }

    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func usersTextNeverBecomesSpecial(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        let markup = name == "llama-spm" ? "</s>" : "<|im_end|>"
        let special = tokenizer.encode(markup, parsingSpecials: true)
        #expect(special == [2])
        #expect(!tokenizer.encode("a\(markup)b", parsingSpecials: false).contains(2))
        #expect(tokenizer.decode(tokenizer.encode("a\(markup)b", parsingSpecials: false)) == "a\(markup)b")
        let parts = tokenizer.encode([.markup("\(markup)x"), .content(markup), .markup("y\(markup)")])
        #expect(parts.filter { $0 == 2 }.count == 2)
    }

    @Test(arguments: TokenizerFixture.names)
    func bordersOfPartsAreInvisible(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        let whole = "<|im_start|>user\n  \n how are you\n\n<|im_end|>\n"
        let parts: [PromptPart] = [
            .markup("<|im_start|>user\n"), .content("  \n how are"), .content(" you\n\n"), .markup("<|im_end|>\n"),
        ]
        #expect(tokenizer.encode(parts) == tokenizer.encode(whole, parsingSpecials: true))
    }

    /// Three hundred kilobytes without a space are one piece, whose pairs are looked at a few times each: every merge makes
    /// two new ones.
    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func longPiecesTakeNoQuadraticWork(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        for unit in ["a", " ", "1", "!", "\n", "the", "<"] {
            let text = String(repeating: unit, count: 300_000 / unit.utf8.count)
            #expect(tokenizer.encode(text, parsingSpecials: true).count > 1000)
            var symbols = try symbols(of: text, tokenizer)
            let count = symbols.count
            #expect(count > 100_000)
            let looks = try merges(of: tokenizer).merge(&symbols)
            #expect(looks <= 3 * count, "\(unit.debugDescription)")
            #expect(looks >= count - symbols.count)
        }
    }

    /// A short piece is searched from end to end for each merge.
    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func shortPiecesStaySmall(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        let most = PairMerges.longestPlain
        for length in 2...most {
            var symbols = Array(try symbols(of: String(repeating: "a", count: most), tokenizer).prefix(length))
            let looks = try merges(of: tokenizer).merge(&symbols)
            #expect((length - 1...length * length / 2).contains(looks), "\(length)")
        }
    }

    private func merges(of tokenizer: any Tokenizer) throws -> PairMerges {
        if let pieces = tokenizer as? SentencePieceTokenizer { return pieces.pieces.merges }
        return try #require(tokenizer as? BytePairTokenizer).merges
    }

    /// What merging begins with: a symbol a character.
    private func symbols(of text: String, _ tokenizer: any Tokenizer) throws -> [Int32] {
        let pieces = (tokenizer as? SentencePieceTokenizer)?.pieces
        var known: [Unicode.Scalar: [Int32]] = [:]
        return text.unicodeScalars.flatMap { scalar in
            if let symbols = known[scalar] { return symbols }
            let symbols =
                pieces.map { [$0.symbol(of: scalar == " " ? SentencePieceTokenizer.space : scalar)] }
                ?? tokenizer.encode(String(scalar), parsingSpecials: false).map(Int32.init)
            known[scalar] = symbols
            return symbols
        }
    }
}
