import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import LoadBench

@Suite("Other servers") struct RemoteTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func chunks(_ events: [String]) -> [String] {
        [head] + events.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" } + ["0\r\n\r\n"]
    }

    private static func plain(_ body: String, status: Int = 200) -> [String] {
        ["HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"]
    }

    private static func completion(_ index: Int) -> String {
        #"data: {"choices":[{"text":"\#(index == 1 ? "" : "é")","finish_reason":null}]}"# + "\n\n"
    }

    /// vLLM as far as a client sees it. What adapter 1 asks fails, adapter 2's connection is cut.
    private static func openai(_ path: String, _ body: String) -> [String] {
        switch path {
        case "/v1/models":
            return plain(#"{"data":[{"id":"tiny","parent":null},{"id":"bench-0000","parent":"tiny"}]}"#)
        case "/v1/completions":
            guard body.contains(#""ignore_eos":true"#), body.contains(#""stream":true"#) else {
                return plain("", status: 400)
            }
            if body.contains("bench-0001") { return plain(#"{"error":{"message":"out of luck"}}"#, status: 500) }
            var events = (0..<3).map(completion)
            if body.contains("bench-0002") { return Array(chunks(events).dropLast()) }
            events += [
                #"data: {"choices":[{"text":"","finish_reason":"length"}]}"# + "\n\n",
                #"data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"# + "\n\n", "data: [DONE]\n\n",
            ]
            return chunks(events)
        default: return plain("{}", status: 404)
        }
    }

    private static func llama(_ path: String, _ body: String) -> [String] {
        switch path {
        case "/props": return plain(#"{"default_generation_settings":{"n_ctx":1},"total_slots":4}"#)
        case "/lora-adapters":
            return plain(
                #"[{"id":0,"path":"/a/bench-0000.gguf","scale":0},{"id":1,"path":"/a/bench-0001.gguf","scale":0}]"#)
        case "/completion":
            guard body.contains(#""cache_prompt":false"#), body.contains(#""n_predict":4"#) else {
                return plain("", status: 400)
            }
            // The scales tell which adapter was meant: as many tokens as its number, and two.
            let second = body.contains(#"{"id":1,"scale":1}"#) || body.contains(#"{"scale":1,"id":1}"#)
            let first = body.contains(#"{"id":0,"scale":1}"#) || body.contains(#"{"scale":1,"id":0}"#)
            let count = second ? 3 : first ? 2 : 1
            var events = (0..<count).map { _ in "data: {\"content\":\"a\",\"stop\":false}\n\n" }
            events.append(
                "data: {\"content\":\"\",\"stop\":true,\"tokens_evaluated\":9,\"tokens_predicted\":\(count)}\n\n")
            return chunks(events)
        default: return plain("{}", status: 404)
        }
    }

    private func request(_ adapter: Int?) -> LoadRequest {
        LoadRequest(index: 0, adapter: adapter, prompt: .text("x"), outputTokens: 4, tenant: "t")
    }

    private func address(_ server: FakeServer) throws -> HTTPAddress {
        try #require(HTTPAddress("http://127.0.0.1:\(server.port)"))
    }

    @Test("an OpenAI server is recognised; its tokens, totals and refusals are seen")
    func openai() async throws {
        let fake = try FakeServer(Self.openai)
        defer { fake.stop() }
        let found = try await RemoteServer.find(address(fake), api: nil, key: nil)
        #expect(found.api == .openai && found.baseName == "tiny")
        let target = RemoteTarget(found)
        try target.requireAdapters(1)
        #expect(throws: BenchFailure.self) { try target.requireAdapters(2) }
        for adapter in [nil, 0] {
            let good = await target.send(request(adapter))
            #expect(good.failure == nil && good.arrivals.count == 3 && good.outputTokens == 3 && good.promptTokens == 7)
            #expect(good.arrivals == good.arrivals.sorted() && good.began < good.arrivals[0])
        }
        let refused = await target.send(request(1))
        #expect(refused.failure == "status 500: out of luck" && refused.outputTokens == 0)
        let cut = await target.send(request(2))
        #expect(cut.failure?.contains("cut") == true && cut.arrivals.count == 3)
    }

    @Test("llama.cpp's server is recognised; scales select the adapter")
    func llama() async throws {
        let fake = try FakeServer(Self.llama)
        defer { fake.stop() }
        let found = try await RemoteServer.find(address(fake), api: nil, key: nil)
        #expect(found.api == .llama && found.numbers == ["bench-0000": 0, "bench-0001": 1])
        let target = RemoteTarget(found)
        for (adapter, tokens) in [(nil, 1), (0, 2), (1, 3)] as [(Int?, Int)] {
            let record = await target.send(request(adapter))
            #expect(record.failure == nil && record.arrivals.count == tokens && record.outputTokens == tokens)
            #expect(record.promptTokens == 9)
        }
        #expect(await target.send(request(5)).failure?.contains("bench-0005") == true)
    }

    @Test("a whole workload, 32 connections at once")
    func manyStreams() async throws {
        let fake = try FakeServer(Self.openai)
        defer { fake.stop() }
        let target = RemoteTarget(try await RemoteServer.find(address(fake), api: .openai, key: nil))
        var workload = Workload()
        workload.choice = .base
        workload.streams = 32
        workload.requests = 200
        let (records, seconds) = await LoadRun(workload, on: target, salt: 0).run()
        #expect(records.count == 200 && records.allSatisfy { $0.failure == nil })
        #expect(RunFigures(records, seconds: seconds).outputTokens == 600)
    }

    @Test("nobody there: the address and the reason")
    func nobody() async throws {
        let fake = try FakeServer(Self.openai)
        let address = try address(fake)
        fake.stop()
        let silent = try #require(HTTPAddress("http://127.0.0.1:1"))
        let failure = await #expect(throws: BenchFailure.self) {
            _ = try await RemoteServer.find(silent, api: nil, key: nil)
        }
        #expect(failure?.description.contains("127.0.0.1:1") == true && address.port > 0)
    }

    @Test("a cancelled request closes its connection")
    func cancelled() async throws {
        let asked = AsyncStream.makeStream(of: Void.self)
        let fake = try FakeServer { path, _ in
            asked.continuation.yield()
            // The answer never ends by itself.
            if path == "/v1/completions" { sleep(3600) }
            return Self.openai(path, "")
        }
        defer { fake.stop() }
        let target = RemoteTarget(try await RemoteServer.find(address(fake), api: .openai, key: nil))
        var questions = asked.stream.makeAsyncIterator()
        _ = await questions.next()
        let request = request(nil)
        let task = Task { await target.send(request) }
        _ = await questions.next()
        task.cancel()
        #expect(await task.value.failure != nil)
    }
}
