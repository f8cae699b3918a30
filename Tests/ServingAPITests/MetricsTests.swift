import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ServingAPI

@Suite("Metrics") struct MetricsTests {
    /// Names with their types, and the edges of histograms.
    private func shape(_ text: String) -> (types: [String: String], edges: [String: [Double]]) {
        var types: [String: String] = [:]
        var edges: [String: [Double]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") { types[String(parts[2])] = String(parts[3]) }
            guard let bucket = line.range(of: "_bucket{"), let edge = line.range(of: "le=\"") else { continue }
            let name = String(line[..<bucket.lowerBound])
            let value = line[edge.upperBound...].prefix { $0 != "\"" }
            if edges[name]?.contains(.infinity) != true {
                edges[name, default: []].append(value == "+Inf" ? .infinity : Double(value) ?? -1)
            }
        }
        return (types, edges)
    }

    @Test func namesTypesAndBucketsAreVLLMs() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        _ = try await server.post("/v1/completions", #"{"model":"a","prompt":"xyz","max_tokens":5}"#)
        let text = try await server.get("/metrics").body
        let ours = shape(text)
        let path = Fixture.root.appendingPathComponent("Tests/ServingAPITests/Fixtures/vllm-0.32.0-metrics-idle.txt")
        let theirs = shape(try String(contentsOf: path, encoding: .utf8))
        let shared = ours.types.filter { $0.key.hasPrefix("vllm:") }
        #expect(shared.count >= 18)
        for (name, type) in shared {
            #expect(theirs.types[name] == type, "\(name)")
            if type == "histogram" { #expect(theirs.edges[name] == ours.edges[name], "\(name)") }
        }
        #expect(text.contains(#"vllm:generation_tokens_total{engine="0",model_name="base"} 5.0"#))
        #expect(text.contains(#"vllm:prompt_tokens_total{engine="0",model_name="base"} 3.0"#))
        #expect(text.contains(#"loradeck:generation_tokens_total{adapter="a"} 5.0"#))
        #expect(text.contains(#"loradeck:time_to_first_token_seconds_count{adapter="a"} 1.0"#))
        #expect(text.contains(#"loradeck:inter_token_latency_seconds_count{adapter="a"} 4.0"#))
        await server.stop()
    }

    @Test func seriesAreBounded() async throws {
        let names = (0..<300).map { "adapter-\($0)" } + ["other", "quo\"te\n"]
        let deck = ScriptedDeck(adapters: names)
        let server = try await TestServer.start(deck) { $0.metricsAdapters = 10 }
        _ = try await server.post("/v1/completions", #"{"model":"adapter-200","prompt":"x","max_tokens":9}"#)
        let text = try await server.get("/metrics").body
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("loradeck:adapter_loads_total{") }
        #expect(lines.count == 12)
        #expect(lines.contains { $0.contains("adapter-200") })
        // Every adapter has one load here; the base has one too.
        let sum = lines.reduce(0.0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
        #expect(sum == 303)
        await server.stop()
    }

    @Test func aPlaceIsGivenUpToTheMuchBusierOnly() {
        let choice = SeriesChoice(limit: 2)
        #expect(choice.choose(["a": 10, "b": 5, "c": 1]) == ["a", "b"])
        #expect(choice.choose(["a": 10, "b": 5, "c": 9]) == ["a", "b"])
        #expect(choice.choose(["a": 10, "b": 5, "c": 11]) == ["a", "c"])
        #expect(choice.choose(["a": 10, "c": 11, "other": 1000]) == ["a", "c"])
    }

    @Test func theDashboardAsksForWhatThereIs() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let types = shape(try await server.get("/metrics").body).types
        await server.stop()
        let path = Fixture.root.appendingPathComponent("Sources/ServingAPI/Resources/grafana.json")
        let text = try String(contentsOf: path, encoding: .utf8)
        let asked = Set(text.matches(of: /(vllm|loradeck):[a-z_]+/).map { String($0.output.0) })
        #expect(asked.count > 12)
        for name in asked {
            #expect(types[name] ?? types[name.replacing(/_bucket$/, with: "")] != nil, "\(name)")
        }
    }

    @Test func labelsAreEscaped() {
        var out = Exposition()
        out.series("m", [("l", "a\"b\\c\nd")], 1)
        #expect(out.text == "m{l=\"a\\\"b\\\\c\\nd\"} 1.0\n")
    }
}
