import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import ServingEngine

/// A few dozen tokens as byte-pair vocabularies have them: quotes with what surrounds them, halves of characters, blanks.
private struct PieceTokenizer: Tokenizer {
    static let pieces: [[UInt8]] = {
        let single = "{}[]:,\"\\/ -+.0123456789abcdeflnrstuE".utf8.map { [$0] }
        let longer = [
            "{\"", "\":", "\": ", "\", \"", "\"}", "}}", "]}", "},{", " {\n", "\n  ", "        ", "true", "fal", "se",
            "null", ", ",
        ].map { Array($0.utf8) }
        let parts: [[UInt8]] = [[0xC3], [0xA9], [0xF0, 0x9F], [0x98, 0x80], [0xE2, 0x82, 0xAC], []]
        let pieces = single + longer + parts
        let others = (UInt8(32)..<127).map { [$0] }.filter { !single.contains($0) }
        return Array((pieces + others).prefix(97))
    }()
    let vocabularySize = pieces.count
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop = 0

    func encode(_ text: String, parsingSpecials: Bool) -> [Int] {
        text.utf8.map { Self.pieces.firstIndex(of: [$0]) ?? 0 }
    }
    func bytes(of token: Int) -> [UInt8] { Self.pieces.indices.contains(token) ? Self.pieces[token] : [] }
}

/// As many tokens as the demo model has, of up to nine letters, some with what JSON gives a meaning to.
private struct LargeTokenizer: Tokenizer {
    static let size = 49_152
    let vocabularySize = size
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop = 0

    func encode(_ text: String, parsingSpecials: Bool) -> [Int] { [] }

    func bytes(of token: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(token) + 1)
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789      .,:{}[]\"\\\n".utf8)
        return (0..<Int.random(in: 1...9, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 32 }
    }
}

@Suite("Answers as JSON")
struct JSONTests {
    private func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
        var grammar = JSONGrammar()
        return bytes.allSatisfy { grammar.take($0) } && grammar.isComplete
    }

    @Test(
        "One object, as RFC 8259 has it, its numbers finite",
        arguments: [
            "{}", " {\n}", #"{"a":1}"#, #"{"a": -0.5e+10, "b": [], "c": {}}"#, #"{"a":[1,2,[true,false,null]]}"#,
            #"{"":"\"\\\/\b\f\n\r\t\u00e9"}"#, #"{"é€😀":"日本"}"#, #"{"a":{"b":{"c":[{"d":0}]}}}"#, #"{"a":0}"#,
            #"{"a":[0.1,1E5,-1]}"#, #"{"a":-999999999999999.12345678901234567e+99}"#, "{\"\u{7F}\":\"\u{7F}\"}",
        ])
    func accepted(_ text: String) throws {
        #expect(accepts(text.utf8))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        // No beginning of it is whole, and nothing may follow.
        for length in 0..<text.utf8.count { #expect(!accepts(text.utf8.prefix(length))) }
        #expect(!accepts(Array(text.utf8) + [0x20]))
    }

    @Test(
        "Everything else is not",
        arguments: [
            "", "[]", "1", "\"a\"", "null", "{,}", "{a:1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":01}"#,
            #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#, #"{"a":-}"#, #"{"a":tru}"#, #"{"a":truee}"#,
            #"{"a":[1,]}"#, #"{"a":[1}"#, #"{"a":{]}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\ud83d"}"#,
            "{\"a\":\"\n\"}", #"{"a":1 2}"#, #"{"a" "b"}"#, "{}{}", "{} ", #"{'a':1}"#, #"{"a":NaN}"#, "\u{FEFF}{}",
            #"{"a":1}}"#, #"{"a":1234567890123456}"#, #"{"a":0.123456789012345678}"#, #"{"a":1e100}"#,
        ])
    func refused(_ text: String) { #expect(!accepts(text.utf8)) }

    @Test("Strings are UTF-8: no overlong form, no surrogate, nothing beyond the last plane, nothing cut short")
    func utf8() {
        func string(_ bytes: [UInt8]) -> Bool { accepts(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)) }
        #expect(string([0xC3, 0xA9]) && string([0xF4, 0x8F, 0xBF, 0xBF]))
        for bytes: [UInt8] in [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3], [0xE2, 0x82], [0xFF],
        ] {
            #expect(!string(bytes), "\(bytes)")
        }
    }

    @Test("A mask has exactly the tokens whose bytes may come, wherever a text stands", arguments: 0..<6)
    func masks(seed: Int) {
        let tokenizer = PieceTokenizer()
        let vocabulary = ByteVocabulary(tokenizer, count: tokenizer.vocabularySize)
        let masks = JSONMasks()
        var random = SeededGenerator(seed: UInt64(seed) + 1)
        for _ in 0..<20 {
            var grammar = JSONGrammar()
            for _ in 0..<60 where !grammar.isComplete {
                let mask = masks.mask(grammar, vocabulary)
                var allowed: [Int] = []
                for token in 0..<tokenizer.vocabularySize {
                    var state = grammar
                    let bytes = tokenizer.bytes(of: token)
                    let fits = !bytes.isEmpty && bytes.allSatisfy { state.take($0) }
                    #expect(mask.contains(token) == fits)
                    if fits { allowed.append(token) }
                }
                // Every state that can be reached has a way on.
                guard let token = allowed.randomElement(using: &random) else {
                    Issue.record("no token may follow")
                    return
                }
                for byte in tokenizer.bytes(of: token) { _ = grammar.take(byte) }
            }
        }
    }

    @Test(
        "A mask asks once for each first byte, and of longer tokens only where the first byte may come and more is to tell"
    )
    func maskCost() {
        let tokenizer = LargeTokenizer()
        let vocabulary = ByteVocabulary(tokenizer, count: LargeTokenizer.size)
        let tokens = (0..<LargeTokenizer.size).map { tokenizer.bytes(of: $0) }
        let firsts = Set(tokens.compactMap(\.first)).count
        let all = tokens.reduce(0) { $0 + $1.count }
        // Questions in hundredths of the vocabulary's bytes. Plain tokens may go on in a string unasked.
        for (text, most) in [
            ("", 12), ("{", 12), ("{\"", 12), ("{\"a", 12), ("{\"a\":", 40), ("{\"a\":1", 40),
            ("{\"a\":[{\"b\":\"c", 12), ("{\"a\":[{\"b\":1.5", 40),
        ] {
            var grammar = JSONGrammar()
            for byte in text.utf8 { _ = grammar.take(byte) }
            let (mask, questions) = vocabulary.search(grammar)
            #expect(questions >= firsts)
            #expect(questions * 100 <= most * all, "\(text): \(questions) of \(all) bytes")
            #expect(mask == vocabulary.mask(grammar))
        }
    }

    @Test("Whatever a model wants to say, its answer is an object or the beginning of one", arguments: [0, 0.7, 1.5])
    func answers(temperature: Double) async throws {
        let rig = try Rig(pages: 3_500, context: 600, tokenizer: PieceTokenizer())
        let streams = (0..<40).map { index in
            rig.submit(nil, [index, 3], max: 300) {
                $0.format = .jsonObject
                $0.sampling.temperature = Float(temperature)
                $0.sampling.seed = UInt64(index)
                // Random texts hardly ever close what they open.
                for piece in ["}", "\"}", "}}", "]", "]}", "\""] {
                    let token = PieceTokenizer.pieces.firstIndex(of: Array(piece.utf8)) ?? 0
                    $0.sampling.logitBias[token] = Float(2 * temperature)
                }
            }
        }
        await rig.settle()
        var whole = 0
        for stream in streams {
            let answer = await Answer(stream)
            let bytes = answer.tokens.flatMap { PieceTokenizer.pieces[$0] }
            if answer.finish == .stop {
                whole += 1
                let object = try JSONSerialization.jsonObject(with: Data(bytes))
                #expect(object is [String: Any])
                #expect(answer.text == String(decoding: bytes, as: UTF8.self))
            } else {
                var grammar = JSONGrammar()
                #expect(answer.finish == .length && bytes.allSatisfy { grammar.take($0) })
            }
        }
        #expect(whole > 2)
        #expect(rig.faults.isEmpty)
    }

    @Test("Blanks do not go on for ever")
    func blanks() async throws {
        let rig = try Rig(pages: 200, context: 600, tokenizer: PieceTokenizer())
        let blank = try #require(PieceTokenizer.pieces.firstIndex(of: Array("        ".utf8)))
        let stream = rig.submit(nil, [1], max: 100) {
            $0.format = .jsonObject
            $0.sampling.logitBias = [blank: 100]
        }
        await rig.settle()
        let tokens = await Answer(stream).tokens
        #expect(tokens.prefix(5) == [blank, blank, blank, blank, tokens[4]])
        #expect(tokens[4] != blank)
    }

    @Test("A bias forbids and forces single tokens; what it names must exist and be within bounds")
    func logitBias() async throws {
        let rig = try Rig(pages: 100)
        let plain = rig.reference(nil, [1, 2], 1)[0]
        let other = plain == 5 ? 6 : 5
        func ask(_ bias: [Int: Float], format: AnswerFormat = .text) async -> Answer {
            let stream = rig.submit(nil, [1, 2], max: 3) {
                $0.sampling.logitBias = bias
                $0.format = format
            }
            await rig.settle()
            return await Answer(stream)
        }
        #expect(await ask([plain: -100]).tokens.contains(plain) == false)
        #expect(await ask([other: 100]).tokens == [other, other, other])
        #expect(await ask([97: 1]).failure == "logit_bias's token ids contain 97; the vocabulary has 0..<97")
        #expect(await ask([1: 101]).failure == "logit_bias must be between -100 and 100, not 101.0 for token 1")
        #expect(await ask([1: .nan]).failureKind == .invalid)
        #expect(await ask([:], format: .jsonObject).failure == "toy-base has no tokenizer: answers as JSON need one")
    }
}
