import ArgumentParser
import DeckCore
import ModelFiles
import Testing

@testable import loradeck

@Suite("Batch lines")
struct BatchLineTests {
    private func line(_ text: String, number: Int = 7) throws -> BatchLine {
        try BatchLine(text, number: number, defaults: try SamplingOptions.parse(["--max-tokens", "9"]))
    }

    private func reason(_ text: String) throws -> String {
        try #require(throws: BatchLine.Problem.self) { _ = try line(text) }.reason
    }

    @Test("a line may say everything")
    func everything() throws {
        let line = try line(
            """
            {"id": "a", "adapter": "pirate-games", "prompt": "Hello", "max_tokens": 3, "temperature": 0.5, "top_k": 4,
             "top_p": 0.9, "min_p": 0.1, "seed": 12, "stop": ["x", "y"], "logprobs": 5, "prompt_logprobs": false,
             "repetition_penalty": 1.1, "presence_penalty": 0.2, "frequency_penalty": 0.3, "ignore_eos": true}
            """.split(separator: "\n").joined())
        #expect(line.id == .string("a"))
        #expect(line.adapter == "pirate-games")
        let request = line.request
        #expect(request.content == .chat([ChatMessage(role: "user", content: "Hello")]))
        #expect(request.maxTokens == 3 && request.logprobs == 5 && !request.promptLogprobs && request.ignoresEnd)
        #expect(request.stop == ["x", "y"])
        #expect(request.sampling.temperature == 0.5 && request.sampling.topK == 4 && request.sampling.seed == 12)
        #expect(request.sampling.topP == 0.9 && request.sampling.minP == 0.1)
        #expect(request.sampling.repetitionPenalty == 1.1 && request.sampling.presencePenalty == 0.2)
        #expect(request.sampling.frequencyPenalty == 0.3)
    }

    @Test("what a line leaves out comes from the flags, and its number is its name")
    func defaults() throws {
        let line = try line(#"{"raw": "x"}"#)
        #expect(line.id == .int(7))
        #expect(line.adapter == nil)
        #expect(line.request.content == .raw("x"))
        #expect(line.request.maxTokens == 9)
        #expect(line.request.logprobs == nil && !line.request.promptLogprobs && line.request.forcedTokens == nil)
        #expect(!line.request.ignoresEnd)
    }

    @Test("a seed of -1 draws one, whatever the flags say; a harmless field and null pass")
    func seeds() throws {
        let defaults = try SamplingOptions.parse(["--seed", "5"])
        func seed(_ member: String) throws -> UInt64? {
            try BatchLine(#"{"raw": "x", \#(member)}"#, number: 1, defaults: defaults).request.sampling.seed
        }
        #expect(try seed(#""seed": -1"#) == nil)
        #expect(try seed(#""seed": -2"#) == UInt64(bitPattern: -2))
        #expect(try seed(#""seed": 6.0"#) == 6)
        #expect(try seed(#""seed": null, "user": "ann", "n": 1, "model": null"#) == 5)
    }

    @Test("null and the name base both mean the base", arguments: ["null", "\"base\""])
    func base(adapter: String) throws {
        #expect(try line(#"{"prompt_ids": [1, 2], "adapter": \#(adapter)}"#).adapter == nil)
    }

    @Test("forced tokens set the length, and go on through an end token")
    func forced() throws {
        let request = try line(#"{"prompt_ids": [1, 2], "force_ids": [5, 6, 7], "logprobs": 2}"#).request
        #expect(request.content == .tokens([1, 2]))
        #expect(request.forcedTokens == [5, 6, 7] && request.maxTokens == 3 && request.ignoresEnd)
        #expect(request.promptLogprobs)
    }

    @Test(
        "a line that is no request says what is wrong with it",
        arguments: [
            (#"{"raw": "a", "max_new_tokens": 3}"#, "max_new_tokens is not supported: use max_tokens"),
            (#"{"raw": "a", "lora_path": "x"}"#, "lora_path is not supported: use adapter"),
            (#"{"raw": "a", "promptids": [1]}"#, "the nearest in a line of `generate --input` is prompt_ids"),
            (
                #"{"raw": "a", "seed": 9223372036854775808}"#,
                "seed must be -9223372036854775808 to 9223372036854775807, not 9223372036854775808"
            ),
            (#"{"raw": "a", "seed": "7"}"#, #"seed must be a whole number, not "7""#),
            ("{", "line 7"), ("[]", "an object is expected"), ("{}", "exactly one of prompt, raw and prompt_ids"),
            (#"{"prompt": "a", "raw": "b"}"#, "exactly one of"),
            (#"{"prompt": 5}"#, "prompt must be a string, not 5"),
            (
                #"{"prompt": "a", "temprature": 1}"#,
                "unknown field temprature: the nearest in a line of `generate --input` is temperature"
            ),
            (#"{"prompt": "a", "max_tokens": 0}"#, "max-tokens must be at least 1"),
            (#"{"prompt": "a", "max_tokens": 1.5}"#, "max_tokens must be a whole number"),
            (#"{"prompt": "a", "temperature": -1}"#, "temperature"), (#"{"prompt": "a", "top_p": 0}"#, "top-p"),
            (#"{"prompt_ids": [1, "b"]}"#, "prompt_ids must be an array of token ids"),
            (#"{"prompt": "a", "force_ids": []}"#, "force_ids must not be empty"),
            (#"{"prompt": "a", "logprobs": -1}"#, "logprobs must not be negative"),
            (#"{"prompt": "a", "stop": [""]}"#, "a stop text must not be empty"),
            (#"{"prompt": "a", "prompt": "b"}"#, "twice"),
        ])
    func faults(text: String, words: String) throws {
        let reason = try reason(text)
        #expect(reason.contains(words), "\(reason)")
    }

    @Test("a faulty line keeps its own id")
    func faultyID() throws {
        let problem = try #require(throws: BatchLine.Problem.self) { _ = try line(#"{"id": "mine", "prompt": 1}"#) }
        #expect(problem.id == .string("mine"))
    }

    @Test("a line whose id cannot be read has none, whatever other lines call themselves", arguments: ["{", "[]", "7"])
    func unreadableID(text: String) throws {
        #expect(try #require(throws: BatchLine.Problem.self) { _ = try line(text) }.id == .null)
    }

    @Test("an id is one line's: by what an answer shows of it, not by how it was written")
    func ids() {
        var ids = BatchIDs()
        #expect(ids.claim(.int(2), line: 1) == nil)
        #expect(ids.claim(.int(2), line: 2) == 1)
        #expect(ids.claim(.double(2), line: 3) == 1)
        #expect(ids.claim(.string("2"), line: 4) == nil)
        let member: JSONValue = .object(["a": .int(1), "b": .null])
        #expect(ids.claim(member, line: 5) == nil && ids.claim(member, line: 6) == 5)
        // Two texts that differ by their bytes are two ids.
        #expect(ids.claim(.string("\u{E9}"), line: 7) == nil && ids.claim(.string("e\u{301}"), line: 8) == nil)
    }

    @Test(
        "a penalty that no engine could serve is wrong in a line too",
        arguments: [
            (#""repetition_penalty": 1e-45"#, "0.01 to 100"), (#""repetition_penalty": 101"#, "0.01 to 100"),
            (#""presence_penalty": 1e30"#, "-100 to 100"), (#""frequency_penalty": -101"#, "-100 to 100"),
        ])
    func penalties(member: String, words: String) throws {
        let reason = try reason(#"{"prompt": "a", \#(member)}"#)
        #expect(reason.contains(words), "\(reason)")
    }
}
