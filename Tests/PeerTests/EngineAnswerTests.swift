import DeckCore
import DeckWire
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import RemoteEngines

/// Answers of vLLM, SGLang and llama.cpp, each number of them set to what a broken or hostile server may send.
@Suite("An engine's answers, number by number") struct EngineAnswerTests {
    private static let hostile = [
        "4611686018427387904", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e308", "-1e308",
        "NaN", "+Inf", "-Inf", "0.5", "-1", "x", "",
    ]

    private static let odd: [JSONValue?] = [nil, .null, .bool(true), .string("x"), .int(-1), .double(0.5)]

    /// What became of changed answers.
    private struct Tally {
        let original: EngineReading
        /// Readings that were drawn already.
        var seen: Set<String> = []
        var refused = 0
        var drawn = 0

        mutating func take(_ answers: PeerAnswers) throws {
            let reading: EngineReading
            do throws(EngineTrouble) {
                reading = try answers.reading()
            } catch {
                let words = ["engine sent", "cannot be read", "lists no base"]
                #expect(words.contains { error.description.contains($0) }, "\(error)")
                refused += 1
                return
            }
            guard seen.insert(String(describing: reading)).inserted else { return }
            let shown = try #require(try answers.snapshot(reading, after: original))
            ScreenWalk.glance(shown, size: ScreenWalk.sizes[drawn % 3])
            // As `attach --json` writes it.
            #expect(throws: Never.self) { _ = try JSONEncoder().encode(shown) }
            drawn += 1
        }
    }

    @Test("each number of each document", arguments: try PeerAnswers.all())
    func numbers(answers: PeerAnswers) throws {
        var tally = Tally(original: try answers.reading())
        try tally.take(answers)
        for (path, text) in answers.documents where path != "/metrics" {
            let tree = try JSONValue.parse(Array(text.utf8), source: path)
            for place in TreePath.fields(in: tree, where: \.isNumber) {
                for value in SnapshotFieldTests.hostile + Self.odd {
                    var changed = answers
                    changed.documents[path] = String(decoding: tree.replacing(place, value).text, as: UTF8.self)
                    try tally.take(changed)
                }
            }
        }
        #expect(tally.refused > 10 && tally.drawn >= 2, "\(tally.refused) refused, \(tally.drawn) drawn")
    }

    @Test("each sample, edge and label of the metrics", arguments: try PeerAnswers.all())
    func metrics(answers: PeerAnswers) throws {
        var tally = Tally(original: try answers.reading())
        let lines = try #require(answers.documents["/metrics"]).split(separator: "\n").map(String.init)
        // The first sample of each name: a page has hundreds of buckets that are read alike.
        var names: Set<Substring> = []
        for (place, line) in lines.enumerated()
        where !line.hasPrefix("#") && names.insert(line.prefix { $0 != "{" && $0 != " " }).inserted {
            for value in Self.hostile {
                let labels = ["le", "max_lora", "num_gpu_blocks"].map { Self.label($0, of: line, value) }
                for change in ([Self.value(of: line, value)] + labels).compactMap(\.self) {
                    var changed = lines
                    changed[place] = change
                    var peer = answers
                    peer.documents["/metrics"] = changed.joined(separator: "\n")
                    try tally.take(peer)
                }
            }
        }
        #expect(tally.refused > 20 && tally.drawn > 5, "\(tally.refused) refused, \(tally.drawn) drawn")
    }

    private static func value(of line: String, _ value: String) -> String? {
        line.lastIndex(of: " ").map { line[...$0] + value }
    }

    private static func label(_ name: String, of line: String, _ value: String) -> String? {
        guard let begin = line.range(of: "\(name)=\""),
            let end = line[begin.upperBound...].firstIndex(of: "\"")
        else { return nil }
        return line.replacingCharacters(in: begin.upperBound..<end, with: value)
    }

    @Test("2,000 damaged answers are refused in words or drawn", arguments: try PeerAnswers.all())
    func fuzz(answers: PeerAnswers) throws {
        var tally = Tally(original: try answers.reading())
        var random = SeededGenerator(seed: 21)
        let paths = answers.documents.keys.sorted()
        for _ in 0..<2_000 {
            let path = try #require(paths.randomElement(using: &random))
            var bytes = Array(try #require(answers.documents[path]).utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = Array("9-+.e\"{}[],: ".utf8).randomElement(using: &random) ?? 0
                } else {
                    let count = Int.random(in: 1...30, using: &random)
                    bytes.insert(contentsOf: Array(repeating: UInt8(ascii: "9"), count: count), at: place)
                }
            }
            var changed = answers
            changed.documents[path] = String(decoding: bytes, as: UTF8.self)
            try tally.take(changed)
        }
        #expect(tally.refused > 100 && tally.drawn > 10, "\(tally.refused) refused, \(tally.drawn) drawn")
    }

    @Test("what is refused is named with its value")
    func sentences() throws {
        func trouble(_ answers: PeerAnswers, _ path: String, _ old: String, _ new: String) throws -> String {
            var changed = answers
            let text = try #require(answers.documents[path])
            #expect(text.contains(old))
            changed.documents[path] = text.replacingOccurrences(of: old, with: new)
            do throws(EngineTrouble) {
                _ = try changed.reading()
                return "taken"
            } catch {
                return error.description
            }
        }
        let huge = "4611686018427387904"
        #expect(
            try trouble(.llama(), "/slots", "\"n_prompt_tokens_processed\":32", "\"n_prompt_tokens_processed\":\(huge)")
                == "engine sent /slots [0].n_prompt_tokens_processed \(huge): more than 2^48")
        #expect(
            try trouble(.vllm(), "/v1/models", "\"max_model_len\":1024", "\"max_model_len\":-1")
                == "engine sent /v1/models data[0].max_model_len -1: less than 0")
        #expect(
            try trouble(
                .sglang, "/metrics", "sglang:num_queue_reqs{model_name=\"qwen\",tp_rank=\"0\"} 5",
                "sglang:num_queue_reqs 1e308")
                == "engine sent sglang:num_queue_reqs 1e+308: more than 2^48")
        #expect(
            try trouble(.sglang, "/metrics", "process_start_time_seconds 1790000000", "process_start_time_seconds 1e12")
                == "engine sent process_start_time_seconds 1000000000000.0: more than a century from 2001")
        #expect(
            try trouble(.sglang, "/server_info", "\"max_loras_per_batch\":8", "\"max_loras_per_batch\":\"8\"")
                == "engine sent /server_info max_loras_per_batch “8”: not a whole number")
    }
}
