import Foundation
import HTTPClient
import Synchronization
import TestSupport

@testable import RemoteEngines

/// An engine on loopback that answers with texts that a test can change.
final class FakeEngine: Sendable {
    struct Answer: Sendable {
        var status = 200
        var body: String
        /// Pieces of a stream, sent as they are instead of the body.
        var pieces: [String] = []
    }

    private let answers: Mutex<[String: Answer]>
    private let log = Mutex<[(path: String, body: String)]>([])
    private let delay = Mutex(0.0)
    private let gate = Mutex<DispatchSemaphore?>(nil)
    private let server = Mutex<FakeServer?>(nil)
    let address: HTTPAddress

    /// `answers` by path; other paths are not found.
    init(_ answers: [String: Answer]) throws {
        self.answers = Mutex(answers)
        let shared = Shared()
        let server = try FakeServer { path, body in shared.engine.withLock { $0 }?.answer(path, body) ?? [] }
        address = HTTPAddress(loopbackPort: server.port)
        self.server.withLock { $0 = server }
        shared.engine.withLock { $0 = self }
    }

    private final class Shared: Sendable {
        let engine = Mutex<FakeEngine?>(nil)
    }

    subscript(path: String) -> Answer? {
        get { answers.withLock { $0[path] } }
        set { answers.withLock { $0[path] = newValue } }
    }

    /// Nothing answers any more.
    func stop() {
        server.withLock { $0?.stop() }
        let held = gate.withLock { gate in
            defer { gate = nil }
            return gate
        }
        held?.signal()
    }

    /// Answers nothing until `stop`.
    func hold() { gate.withLock { $0 = DispatchSemaphore(value: 0) } }

    /// Seconds before each answer.
    func slow(_ seconds: Double) { delay.withLock { $0 = seconds } }

    /// The bodies that came to a path.
    func bodies(_ path: String) -> [String] { log.withLock { $0.filter { $0.path == path }.map(\.body) } }

    private func answer(_ path: String, _ body: String) -> [String] {
        log.withLock { $0.append((path, body)) }
        let seconds = delay.withLock { $0 }
        if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
        if let gate = gate.withLock({ $0 }) {
            gate.wait()
            // For the next one that waits.
            gate.signal()
        }
        guard let answer = self[path] else {
            return ["HTTP/1.1 404 Not Found\r\nContent-Length: 22\r\n\r\n{\"detail\":\"Not Found\"}"]
        }
        if !answer.pieces.isEmpty {
            return ["HTTP/1.1 \(answer.status) X\r\nContent-Type: text/event-stream\r\n\r\n"] + answer.pieces
        }
        return [
            "HTTP/1.1 \(answer.status) X\r\nContent-Length: \(answer.body.utf8.count)\r\n\r\n\(answer.body)"
        ]
    }
}

extension FakeEngine {
    /// vLLM with these adapters, as its answers were recorded.
    static func vllm(_ adapters: [String] = ["bench-0000"], metrics: String? = nil) throws -> FakeEngine {
        let engine = try FakeEngine([
            "/version": Answer(body: try Recorded.text("vllm-0.32.0-version.json")),
            "/v1/load_lora_adapter": Answer(status: 405, body: #"{"detail":"Method Not Allowed"}"#),
            "/metrics": Answer(body: try metrics ?? Recorded.text("vllm-0.32.0-metrics-idle.txt")),
        ])
        engine.serve(adapters)
        return engine
    }

    func serve(_ adapters: [String]) {
        let cards = adapters.map {
            #"{"id":"\#($0)","object":"model","owned_by":"vllm","root":"/loras/\#($0)","parent":"base"}"#
        }
        let base = #"{"id":"base","object":"model","owned_by":"vllm","root":"m","parent":null,"max_model_len":1024}"#
        self["/v1/models"] = Answer(
            body: #"{"object":"list","data":[\#(([base] + cards).joined(separator: ","))]}"#)
    }

    static func llama() throws -> FakeEngine {
        try FakeEngine([
            "/v1/models": Answer(body: try Recorded.text("llama.cpp-b11434-v1-models.txt")),
            "/props": Answer(body: try Recorded.text("llama.cpp-b11434-props.txt")),
            "/lora-adapters": Answer(body: try Recorded.text("llama.cpp-b11434-lora-adapters.txt")),
            "/slots": Answer(body: try Recorded.text("llama.cpp-b11434-slots.txt")),
            "/metrics": Answer(body: try Recorded.text("llama.cpp-b11434-metrics.txt")),
        ])
    }
}

/// Waits until something holds; false after ten seconds.
func holds(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<500 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return false
}
