import DeckCore
import Foundation
import ModelFiles
import Synchronization
import Testing

@testable import ServingAPI

/// Log-probabilities as clients read them: values, keys and offsets.
@Suite("Log-probabilities over HTTP") struct LogprobTests {
    @Test(
        "A prompt of token ids is scored with the most likely tokens, as evaluation harnesses ask",
        arguments: [0, 1, 5])
    func scoredPrompt(count: Int) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        for most in [1, 0] {
            let answer = try await server.post(
                "/v1/completions",
                #"{"prompt":[[72,73,74,75,76,77],[72,73]],"max_tokens":\#(most),"logprobs":\#(count),"echo":true,"temperature":0}"#
            )
            for (choice, length) in zip(try #require(try answer.json["choices"]?.array), [6, 2]) {
                let logprobs = try #require(choice["logprobs"])
                let tops = try #require(logprobs["top_logprobs"]?.array)
                #expect(tops.count == length + most && tops[0] == .null)
                #expect(logprobs["token_logprobs"]?.array?.count == length + most)
                for place in 1..<length {
                    let members = try #require(tops[place].object)
                    #expect(members.count == count + 1)
                    #expect(members[String(UnicodeScalar(UInt8(72 + place)))] == .double(-0.25))
                }
            }
        }
        let asked = deck.state.withLock { $0.requests }
        #expect(asked.allSatisfy { $0.promptLogprobs && $0.promptAlternatives == count })
        await server.stop()
    }

    @Test("Tokens that are parts of characters keep their own keys and values")
    func cutCharacters() throws {
        let text = TokenText(tokenizer: ByteTokenizer())
        // The first bytes of 🙂 as rivals of each other: as text they would all be U+FFFD.
        let rivals = [0xF0, 0xE4, 0xC3, 0x9F, 0x98].enumerated().map {
            TokenLogprob(token: $1, logprob: -1 - Float($0))
        }
        let json = text.completion([ScoredToken(id: 0xF0, logprob: -1, top: rivals)], offsets: [0])
        #expect(
            json["top_logprobs"]?.array == [
                [
                    "bytes:\\xf0": .double(-1), "bytes:\\xe4": .double(-2), "bytes:\\xc3": .double(-3),
                    "bytes:\\x9f": .double(-4), "bytes:\\x98": .double(-5),
                ]
            ])
        #expect(json["tokens"]?.array == ["bytes:\\xf0"])
        // One that was chosen though it is none of the likeliest is one more.
        let other = text.completion([ScoredToken(id: 0x41, logprob: -9, top: rivals)], offsets: [0])
        #expect(other["top_logprobs"]?.array?.first?.object?.count == 6)
        let chat = text.chat([ScoredToken(id: 0x0A, logprob: -1, top: rivals)])
        let entry = try #require(chat["content"]?.array?.first)
        #expect(entry["token"]?.string == "\n" && entry["top_logprobs"]?.array?.count == 5)
        #expect(entry["top_logprobs"]?.array?[0]["token"]?.string == "bytes:\\xf0")
    }

    @Test("Tokens of the same text are told apart by their ids, and special tokens by their names")
    func equalTexts() {
        let text = TokenText(tokenizer: TwinTokenizer())
        let top = [1, 2, 3, 4].map { TokenLogprob(token: $0, logprob: -Float($0)) }
        let json = text.completion([ScoredToken(id: 1, logprob: -1, top: top)], offsets: [0])
        #expect(
            json["top_logprobs"]?.array == [
                ["é": .double(-1), "token_id:2": .double(-2), "<|end|>": .double(-3), "": .double(-4)]
            ])
        // Without a tokenizer ids are all there is.
        #expect(TokenText(tokenizer: nil).text(7) == "token_id:7")
    }

    @Test(
        "Offsets count characters of the text as it is sent",
        arguments: [
            // Bytes of tokens; offsets; characters in all.
            ([[0x48], [0x69]], [0, 1], 2), ([[0xF0, 0x9F], [0x99, 0x82], [0x21]], [0, 0, 1], 2),
            ([[0xF0], [0x9F], [0x99], [0x82], [0x41]], [0, 0, 0, 0, 1], 2),
            // A character that is never completed is one replacement character.
            ([[0xF0, 0x9F], [0x41], [0x42]], [0, 1, 2], 3),
            ([[0xE4], [0xE4, 0xB8], [0xAD], [0x41]], [0, 1, 1, 2], 3),
            ([[0x80], [0x80], [0x41]], [0, 1, 2], 3),
            // The end of one character and the beginning of the next in one token.
            ([[0xE4, 0xB8], [0xAD, 0xE6, 0x96], [0x87], [0x41]], [0, 0, 1, 2], 3),
            // Special tokens are silent.
            ([[0x41], [], [0x42]], [0, 1, 1], 2), ([[0xF0, 0x9F], [], [0x99, 0x82], [0x42]], [0, 0, 0, 1], 2),
        ] as [([[UInt8]], [Int], Int)])
    func offsets(tokens: [[UInt8]], wanted: [Int], characters: Int) {
        var offsets = TokenOffsets()
        #expect(tokens.map { offsets.place($0) } == wanted)
        #expect(String(decoding: tokens.flatMap { $0 }, as: UTF8.self).unicodeScalars.count == characters)
        var later = TokenOffsets(from: 10)
        #expect(tokens.map { later.place($0) } == wanted.map { $0 + 10 })
    }

    @Test("Offsets of an echo, and of the answer behind it")
    func echoOffsets() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        // Four bytes, then three, then one; the answer's tokens are one byte each.
        for prompt in [#""🙂中x""#, "[240,159,153,130,228,184,173,120]"] {
            let answer = try await server.post(
                "/v1/completions", #"{"prompt":\#(prompt),"max_tokens":2,"logprobs":0,"echo":true}"#)
            let choice = try #require(try answer.json["choices"]?.array?.first)
            #expect(
                choice["logprobs"]?["text_offset"]?.array == [0, 0, 0, 0, 1, 1, 1, 2, 3, 4].map { .int($0) },
                "\(prompt)")
            #expect(choice["text"]?.string?.hasPrefix("🙂中x") == true)
        }
        // Ids that end inside a character.
        let cut = try await server.post(
            "/v1/completions", #"{"prompt":[120,240,159],"max_tokens":1,"logprobs":0,"echo":true}"#)
        #expect(
            try cut.json["choices"]?.array?.first?["logprobs"]?["text_offset"]?.array == [0, 1, 1, 2].map { .int($0) })
        await server.stop()
    }

    @Test("Special tokens that a client wrote count in the echo; the begin token that it did not write counts nothing")
    func writtenSpecials() {
        let text = TokenText(tokenizer: TwinTokenizer())
        var prompt = PromptSource(content: .tokens([3, 1]), tokens: [3, 1], echo: "<|end|>é", writtenFrom: 0)
        #expect(text.offsets(of: [3, 1], in: prompt) == [0, 7])
        prompt = PromptSource(content: .tokens([3, 1, 1]), tokens: [3, 1, 1], echo: "éé", writtenFrom: 1)
        #expect(text.offsets(of: [3, 1, 1], in: prompt) == [0, 0, 1])
        prompt = PromptSource(content: .tokens([1, 3, 1]), tokens: [1, 3, 1], echo: "éé", writtenFrom: nil)
        #expect(text.offsets(of: [1, 3, 1], in: prompt) == [0, 1, 1])
    }
}

/// 1 and 2 are the same character, composed or not; 3 is special and 4 nothing.
private struct TwinTokenizer: Tokenizer {
    let vocabularySize = 5
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop = 0

    func encode(_ text: String, parsingSpecials: Bool) -> [Int] { [] }
    func bytes(of token: Int) -> [UInt8] {
        switch token {
        case 1: Array("\u{E9}".utf8)
        case 2: Array("e\u{301}".utf8)
        default: []
        }
    }
    func text(ofSpecial token: Int) -> String? { token == 3 ? "<|end|>" : nil }
}
