import Foundation
import ModelFiles
import TestSupport
import Testing

/// One token per byte, and token 256 that is two halves of characters.
private struct ByteTokenizer: Tokenizer {
    let vocabularySize = 257
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop: Int
    func encode(_ text: String, parsingSpecials: Bool) -> [Int] { text.utf8.map(Int.init) }
    func bytes(of token: Int) -> [UInt8] { token == 256 ? [0xA9, 0xC3] : UInt8(exactly: token).map { [$0] } ?? [] }
}

struct StreamingDetokenizerTests {
    private func stream(_ ids: [Int], _ tokenizer: any Tokenizer) -> [String] {
        var detokenizer = StreamingDetokenizer(tokenizer: tokenizer)
        return ids.map { detokenizer.append($0) } + [detokenizer.finish()]
    }

    @Test func piecesAreWholeCharacters() {
        let tokenizer = ByteTokenizer(leadingSpacesToDrop: 0)
        #expect(stream(Array("é€😀".utf8).map(Int.init), tokenizer) == ["", "é", "", "", "€", "", "", "", "😀", ""])
        #expect(stream([0xC3, 256, 0xA9], tokenizer) == ["", "é", "é", ""])
    }

    @Test func invalidBytesAreReplacedOnceTheyAreCertain() {
        let tokenizer = ByteTokenizer(leadingSpacesToDrop: 0)
        #expect(stream([0xFF, 0x41], tokenizer) == ["\u{FFFD}", "A", ""])
        #expect(stream([0xE2, 0x82, 0x41], tokenizer) == ["", "", "\u{FFFD}A", ""])
        #expect(stream([0xE2, 0x82], tokenizer) == ["", "", "\u{FFFD}"])
        // No character starts with these two, so nothing is gained by waiting.
        #expect(stream([0xED, 0xA0], tokenizer) == ["", "\u{FFFD}\u{FFFD}", ""])
    }

    @Test func dropsOnlyTheFirstSpace() {
        let tokenizer = ByteTokenizer(leadingSpacesToDrop: 1)
        #expect(stream(Array("  a b".utf8).map(Int.init), tokenizer).joined() == " a b")
        #expect(stream(Array("a b".utf8).map(Int.init), tokenizer).joined() == "a b")
        var continuing = StreamingDetokenizer(tokenizer: tokenizer, continuesText: true)
        #expect(continuing.append(0x20) == " ")
    }

    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func streamingEqualsDecodingTheWhole(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let ids = (0..<30).map { _ in Int.random(in: 0..<tokenizer.vocabularySize, using: &generator) }
            #expect(Array(stream(ids, tokenizer).joined().utf8) == Array(tokenizer.decode(ids).utf8))
        }
        let bytes = ByteTokenizer(leadingSpacesToDrop: 0)
        for _ in 0..<2000 {
            let ids = (0..<12).map { _ in
                [0x41, 0x80, 0xA0, 0xBF, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF, 256].randomElement(using: &generator)
                    ?? 0
            }
            #expect(Array(stream(ids, bytes).joined().utf8) == Array(bytes.decode(ids).utf8))
        }
    }

    @Test(arguments: TokenizerFixture.names + ["llama-spm"])
    func validTextNeverGivesReplacements(_ name: String) throws {
        let tokenizer = try TokenizerFixture.tokenizer(name)
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<100 {
            let text = TokenizerFixture.randomText(&generator, length: 30)
            for piece in stream(tokenizer.encode(text, parsingSpecials: false), tokenizer) {
                #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
            }
        }
    }
}
