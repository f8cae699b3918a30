import TestSupport
import Testing

@testable import ModelFiles

@Suite("The longest text that fits") struct TextBoundTests {
    private struct Words: Tokenizer {
        let words: [String]
        var special: [Int: String] = [:]
        var vocabularySize: Int { words.count }
        let beginToken: Int? = nil
        let endTokens: Set<Int> = []
        let leadingSpacesToDrop = 0

        func encode(_ text: String, parsingSpecials: Bool) -> [Int] { [] }
        func bytes(of token: Int) -> [UInt8] { special[token] == nil ? Array(words[token].utf8) : [] }
        func text(ofSpecial token: Int) -> String? { special[token] }
    }

    @Test func theArithmeticIsInTheRefusal() throws {
        let bound = TextBound(tokens: 10, of: Words(words: ["a", "éé", "abc"]))
        #expect(bound.bytesPerToken == 4 && bound.most == 40)
        #expect(bound.refusal(bytes: 40) == nil && bound.refusal(bytes: 0) == nil)
        let refusal = try #require(bound.refusal(bytes: 41))
        for figure in ["41 bytes", "10 tokens", "4 bytes", "holds 40"] {
            #expect(refusal.contains(figure), "\(refusal)")
        }
    }

    @Test func specialTokensCountAsTheyAreWritten() {
        let tokenizer = Words(words: ["a", ""], special: [1: "<|im_start|>"])
        #expect(TextBound(tokens: 1, of: tokenizer).bytesPerToken == 12)
    }

    @Test func largeContextsDoNotOverflow() {
        #expect(TextBound(tokens: .max, of: Words(words: ["abc"])).most == .max)
        #expect(TextBound(tokens: .max, of: Words(words: ["abc"])).refusal(bytes: .max) == nil)
        #expect(TextBound(tokens: 5, of: Words(words: [])).most == 5)
    }

    @Test func partsAreCountedInBytes() {
        #expect([PromptPart.markup("é"), .content("ab"), .markup("")].byteCount == 4)
    }

    /// Of the models that are at hand: no text is refused whose tokens would fit.
    @Test(arguments: [
        "a", " ", "\n", "é", "the quick brown fox ", "   \t  ", "0123456789", "ᄀ\u{1161}\u{11A8}", "=====",
    ])
    func neverRefusesWhatFits(_ piece: String) throws {
        let tokenizer = try Self.small()
        for count in [1, 7, 64, 700] {
            let text = String(repeating: piece, count: count)
            let tokens = tokenizer.encode(text, parsingSpecials: true)
            let bound = TextBound(tokens: tokens.count, of: tokenizer)
            #expect(bound.refusal(bytes: text.utf8.count) == nil, "\(text.utf8.count) bytes, \(tokens.count) tokens")
        }
    }

    private static func small() throws -> any Tokenizer {
        var vocabulary = Vocabulary(path: "test")
        for (id, text) in ByteAlphabet.texts.enumerated() {
            try vocabulary.add(String(decoding: text, as: UTF8.self), id: id)
        }
        var merges = PairMerges(capacity: 8)
        let space = Int32(0x20)
        try vocabulary.add("ĠĠ", id: 256)
        merges.add(space, space, rank: 0, merged: 256)
        return BytePairTokenizer(
            vocabulary: vocabulary, merges: merges,
            rules: BytePairTokenizer.Rules(patterns: [.gpt2], composes: true), added: [], unknown: nil, beginToken: nil,
            endTokens: [])
    }

    // MARK: the work of reading

    @Test(.timeLimit(.minutes(2))) func manyPartsWithoutSpecialTokensAreJoinedOnce() {
        let parts = (0..<200_000).map { PromptPart.content("turn \($0) ") }
        let segments = AddedTokens([]).split(parts)
        guard case .text(let text)? = segments.first, segments.count == 1 else {
            Issue.record("\(segments.count) segments")
            return
        }
        #expect(text.hasPrefix("turn 0 turn 1 ") && text.hasSuffix("turn 199999 "))
    }

    @Test(.timeLimit(.minutes(2))) func tokensThatTakeBlanksAlongReadNoFurther() {
        let added = AddedTokens([AddedToken(id: 7, text: "<x>", isSpecial: true, stripsRight: true)])
        let text = String(repeating: "<x> \u{2003}\n", count: 100_000) + "é"
        let segments = added.split([.markup(text)])
        #expect(segments.count == 100_001 && segments.first == .token(7) && segments.last == .text("é"))
        #expect(added.split([.markup("a<x>  b<x>")]) == [.text("a"), .token(7), .text("b"), .token(7)])
        #expect(added.split([.markup("<x>\u{E9}")]) == [.token(7), .text("\u{E9}")])
    }
}
