import Foundation
import TestSupport
import Testing

/// `generate`, `tokenize` and `adapters` of the real program on the demo model.
@Suite("Commands on the demo model", .serialized) struct GenerateTests {
    private static let prompt = "Where is my parcel?"
    private static let pirate = "Ahoy, sailor! Yer parcel be under orders, and me crew and I also sent a copy to yer"
    private static let haiku = "Morning in the hall,\nyour parcel walks the long road,\nnight falls like a leaf."

    private func loradeck(_ arguments: [String], input: String? = nil) throws -> Command.Result {
        try Command.loradeck(arguments + ["--model", Fixture.model.path], input: input)
    }

    private struct Answer: Decodable {
        struct Timings: Decodable {
            let firstToken: Double
            let finished: Double
        }

        let id: Either?
        let adapter: String?
        let error: String?
        let text: String?
        let ids: [Int]?
        let promptIds: [Int]?
        let finishReason: String?
        let promptLogprobs: [Float?]?
        let topLogprobs: [[[Double]]]?
        let timings: Timings?
    }

    private enum Either: Decodable, Equatable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    private func answers(_ output: String) throws -> [Answer] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try output.split(separator: "\n").map { try decoder.decode(Answer.self, from: Data($0.utf8)) }
    }

    @Test("one adapter streams its answer, and nothing else, to stdout")
    func single() throws {
        let result = try loradeck([
            "generate", Self.prompt, "--adapter", "pirate-games", "--max-tokens", "24", "--precision", "f32",
        ])
        #expect(result.status == 0)
        #expect(result.output == Self.pirate + "\n")
        #expect(result.errors.isEmpty)
    }

    @Test("several adapters and the base answer in one batch, each under its name")
    func several() throws {
        let result = try loradeck([
            "generate", Self.prompt, "--adapter", "pirate-games", "--adapter", "haiku-hotel", "--adapter", "base",
            "--max-tokens", "24", "--precision", "f32", "--stats",
        ])
        #expect(result.status == 0)
        #expect(
            result.output.hasPrefix(
                "── pirate-games ──\n\(Self.pirate)\n\n── haiku-hotel ──\n\(Self.haiku)\n\n── base ──\n"))
        #expect(result.errors.contains("3 requests") && result.errors.contains("tokens/s"))
    }

    @Test("a batch file is answered in its order; bad lines and unknown adapters are errors of their own, exit code 2")
    func batch() throws {
        let folder = Fixture.demoAdapters.appendingPathComponent("pirate-games").path
        let lines = [
            #"{"id": "p", "adapter": "pirate-games", "prompt": "\#(Self.prompt)", "max_tokens": 24, "logprobs": 3}"#,
            #"{"prompt": "x", "nonsense": 1}"#, "", #"{"id": 9, "adapter": "nobody", "prompt": "x"}"#, "{broken",
            #"{"id": "folder", "adapter": "\#(folder)", "prompt": "\#(Self.prompt)", "max_tokens": 24}"#,
            #"{"id": "ids", "prompt_ids": [1, 2, 3], "force_ids": [4, 5], "logprobs": 2}"#,
            #"{"id": 2, "prompt": "x"}"#, #"{"id": "ids", "adapter": "", "prompt": "x"}"#,
        ]
        let result = try loradeck(
            ["generate", "--input", "-", "--json", "--precision", "f32"], input: lines.joined(separator: "\n"))
        #expect(result.status == 2)
        let answers = try answers(result.output)
        #expect(
            answers.map(\.id) == [
                .text("p"), .number(2), .number(9), nil, .text("folder"), .text("ids"), nil, nil,
            ])
        #expect(answers[0].text == Self.pirate && answers[0].finishReason == "length")
        #expect(answers[0].adapter == "pirate-games" && answers[0].ids?.count == 24)
        #expect(answers[0].topLogprobs?.count == 24)
        #expect(answers[0].topLogprobs?.allSatisfy { $0.count == 3 } == true)
        #expect(answers[0].promptLogprobs?.count == answers[0].promptIds?.count)
        #expect(answers[0].promptLogprobs?.first == .some(nil))
        let timings = try #require(answers[0].timings)
        #expect(timings.firstToken > 0 && timings.finished >= timings.firstToken)
        #expect(answers[1].error?.contains("unknown field nonsense") == true)
        #expect(answers[2].error?.contains("nobody") == true && answers[2].error?.contains("pirate-games") == true)
        #expect(answers[3].error?.contains("line 5") == true)
        #expect(answers[6].error == "line 8: the id 2 is line 2's already; give it one of its own")
        #expect(answers[7].error == "line 9: the id \"ids\" is line 7's already; give it one of its own")
        #expect(answers[4].text == Self.pirate && answers[4].topLogprobs == nil && answers[4].promptLogprobs == nil)
        #expect(answers[5].ids == [4, 5] && answers[5].promptIds == [1, 2, 3] && answers[5].adapter == nil)
    }

    @Test("a blank adapter is no folder, and what cannot be read is told in words")
    func sentences() throws {
        let blank = try loradeck(
            ["generate", "--input", "-", "--json"],
            input: #"{"adapter": "", "prompt": "x"}"# + "\n" + #"{"adapter": " ", "prompt": "x"}"#)
        #expect(blank.status == 1)
        #expect(blank.output.components(separatedBy: "the adapter is blank: give a name").count == 3, "\(blank.output)")
        for (input, words) in [
            ("/tmp", "/tmp cannot be read: is a directory"),
            ("/nowhere/at.all", "/nowhere/at.all cannot be read: no such file or directory"),
            ("/dev/null", "/dev/null: there is no request in it"),
        ] {
            let told = try loradeck(["generate", "--input", input, "--json"])
            #expect(told.status == 1 && told.errors.contains(words), "\(told.errors)")
            #expect(!told.errors.contains("Domain"))
        }
        let root = try loradeck(["adapters", "list", "--adapters", "/nowhere"])
        #expect(root.errors.contains("/nowhere: no such file or folder"), "\(root.errors)")
    }

    @Test("two folders of one name in a batch are two adapters")
    func twoOfOneName() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = FileManager.default
        for (place, source) in [("x", "haiku-hotel"), ("y", "pirate-games")] {
            let to = folder.appendingPathComponent(place)
            try files.createDirectory(at: to, withIntermediateDirectories: true)
            try files.copyItem(
                at: Fixture.demoAdapters.appendingPathComponent(source), to: to.appendingPathComponent("pirate-games"))
        }
        let lines = ["pirate-games", "\(folder.path)/x/pirate-games", "\(folder.path)/y/pirate-games"].map {
            #"{"adapter": "\#($0)", "prompt": "\#(Self.prompt)", "max_tokens": 24}"#
        }
        let result = try loradeck(
            ["generate", "--input", "-", "--json", "--precision", "f32"], input: lines.joined(separator: "\n"))
        #expect(try answers(result.output).map(\.text) == [Self.pirate, Self.haiku, Self.pirate], "\(result.output)")
    }

    @Test("one prompt that cannot be served ends with 1 and the reason")
    func unknownAdapter() throws {
        let result = try loradeck(["generate", "x", "--adapter", "nobody"])
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("nobody") && result.errors.contains("haiku-hotel"))
    }

    @Test("a prompt longer than the context is refused with the numbers")
    func tooLong() throws {
        let result = try loradeck(["generate", "-", "--raw"], input: String(repeating: "word ", count: 9000))
        #expect(result.status == 1)
        #expect(result.errors.contains("8192"))
    }

    @Test("a pool too small for one sequence is refused with the arithmetic")
    func tinyPool() throws {
        let result = try loradeck(["generate", "x", "--memory", "1M"])
        #expect(result.status == 1)
        #expect(result.errors.contains("pages"))
    }

    @Test("tokenize answers as the oracle, a text or a file of them")
    func tokenize() throws {
        struct Golden: Codable {
            let text: String
            let ids: [Int]
        }
        let golden: [Golden] = try Fixture.golden("tokenizer.json")
        struct Line: Encodable { let text: String }
        let input = try golden.map {
            String(decoding: try JSONEncoder().encode(Line(text: $0.text)), as: UTF8.self)
        }.joined(separator: "\n")
        struct Reply: Decodable { let ids: [Int]? }
        let result = try loradeck(["tokenize", "--json", "--input", "-"], input: input)
        #expect(result.status == 0)
        let replies = try result.output.split(separator: "\n").map {
            try JSONDecoder().decode(Reply.self, from: Data($0.utf8)).ids
        }
        #expect(replies == golden.map(\.ids))
        #expect(try loradeck(["tokenize", "Hello world"]).output == "19556 905\n")
        let bad = try loradeck(["tokenize", "--json", "--input", "-"], input: "{\"text\": \"a\"}\n{\"txt\": 1}")
        #expect(bad.status == 2 && bad.output.contains("line 2: unknown field txt"))
        for (line, words) in [
            (#"{"text": "a", "model": "b"}"#, "unknown field model"), (#"{"prompt": "a"}"#, "use text"),
            (#"{"text": null}"#, "text is missing"), (#"{"text": 5}"#, "not 5"), ("[]", "an object is expected"),
        ] {
            let refused = try loradeck(["tokenize", "--json", "--input", "-"], input: line)
            #expect(refused.status == 1 && refused.output.contains(words), "\(refused.output)")
        }
    }

    @Test("adapters list, inspect and verify tell what they found; a refused one ends verify with 1")
    func adapters() throws {
        let root = Fixture.demoAdapters
        let list = try loradeck(["adapters", "list", "--adapters", root.path])
        #expect(list.status == 0)
        #expect(list.output.hasPrefix("NAME"))
        #expect(list.output.split(separator: "\n").count == 9)
        #expect(list.output.contains("boutique-fr") && list.output.contains("8-16"))

        let inspect = try loradeck(["adapters", "inspect", root.appendingPathComponent("kids-garden").path, "--json"])
        #expect(inspect.status == 0)
        struct Report: Decodable {
            struct Module: Decodable { let norm: Double }
            let digest: String
            let modules: [Module]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(inspect.output.utf8))
        #expect(report.digest.count == 64 && report.modules.count == 60)
        #expect(report.modules.allSatisfy { $0.norm > 0 })

        let broken = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: broken) }
        try Data("{}".utf8).write(to: broken.appendingPathComponent("adapter_config.json"))
        let good = root.appendingPathComponent("sql-helper").path
        let verify = try loradeck(["adapters", "verify", good, broken.path])
        #expect(verify.status == 1)
        #expect(verify.output.contains("ok       \(good)") && verify.output.contains("refused  \(broken.path)"))
        #expect(try loradeck(["adapters", "verify", good]).status == 0)
    }

    @Test("a headless demo serves its tenants, and a kill -9 in its midst loses none of them")
    func demo() throws {
        let state = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: state) }
        struct Summary: Decodable {
            struct Tenant: Decodable {
                let name: String
                let requests: Int
                let loads: Int
            }
            let tenants: [Tenant]
            let poolPages: Int
            let pageBytes: Int
            let residentBytes: Int
        }
        let cache = Fixture.model.deletingLastPathComponent().deletingLastPathComponent().path
        let environment = ["XDG_STATE_HOME": state.path, "XDG_CACHE_HOME": cache]
        let script = #"""
            "$0" demo --headless 60 --rate 3 & demo=$!
            until [ "$("$0" adapters list --json | grep -o '"digest"' | wc -l)" -ge 8 ] || ! kill -0 $demo; do :; done
            kill -KILL $demo; wait $demo
            """#
        let killed = try Command.run("sh", ["-c", script, Command.program.path], environment: environment)
        #expect(killed.status == 128 + SIGKILL)
        let list = try Command.loradeck(["adapters", "list", "--json"], environment: environment)
        struct Row: Decodable {
            let name: String
            let digest: String
        }
        let rows = try JSONDecoder().decode([Row].self, from: Data(list.output.utf8))
        #expect(rows.count == 8 && rows.allSatisfy { $0.digest.count == 64 })

        let demo = try Command.loradeck(
            ["demo", "--headless", "15", "--rate", "3", "--json"], environment: environment)
        #expect(demo.status == 0)
        let summary = try JSONDecoder().decode(Summary.self, from: Data(demo.output.utf8))
        #expect(summary.tenants.count == 9)
        #expect(summary.tenants.reduce(0) { $0 + $1.requests } > 0)
        #expect(summary.tenants.reduce(0) { $0 + $1.loads } > 0)
        let weights = try #require(try Fixture.model.resourceValues(forKeys: [.fileSizeKey]).fileSize)
        #expect(summary.residentBytes <= weights + summary.poolPages * summary.pageBytes + 150_000_000)
    }
}
