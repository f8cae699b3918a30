import DeckCore
import Foundation
import HTTPClient
import Synchronization

/// Another server, measured through HTTP.
public struct RemoteTarget: LoadTarget {
    public let label: String
    let server: RemoteServer

    public init(_ server: RemoteServer) {
        self.server = server
        label = "\(server.api == .llama ? "llama.cpp" : "openai") \(server.address.place)"
    }

    /// Throws `BenchFailure` when the server lacks adapters that a scenario asks for.
    public func requireAdapters(_ count: Int) throws(BenchFailure) {
        let missing = (0..<count).map(BenchAdapters.name).filter { !server.names.contains($0) }
        guard let first = missing.first else { return }
        throw BenchFailure(
            "\(label) lacks \(missing.count) of \(count.counted("adapter")), such as \(first): start it with those that --adapters keeps"
        )
    }

    public func send(_ request: LoadRequest) async -> RequestRecord {
        let body: Data
        do {
            body = try self.body(request)
        } catch {
            var record = RequestRecord(request)
            record.failure = "\(error)"
            return record
        }
        let shared = Shared(Progress(record: RequestRecord(request), api: server.api))
        var failure: String?
        do {
            let path = server.api == .llama ? "/completion" : "/v1/completions"
            let status = try await HTTPExchange(
                server.address, method: "POST", path: path, body: body, key: server.key
            ).run { status, piece in shared.take(piece, status: status) }
            if status != 200 { failure = shared.refusal(status) }
        } catch is CancellationError {
            failure = "aborted"
        } catch {
            failure = "\(error)"
        }
        return shared.finish(failure)
    }

    func body(_ request: LoadRequest) throws -> Data {
        var body = CompletionBody(
            prompt: CompletionBody.Prompt(request.prompt), max_tokens: request.outputTokens)
        switch server.api {
        case .openai:
            body.model = request.adapterName ?? server.baseName
            body.stream_options = ["include_usage": true]
        case .llama:
            body.n_predict = request.outputTokens
            body.cache_prompt = false
            let wanted = request.adapterName.flatMap { server.numbers[$0] }
            if request.adapter != nil, wanted == nil { throw BenchFailure("no adapter \(request.adapterName ?? "")") }
            // It applies every adapter that it has to a request that names none.
            body.lora = server.numbers.values.sorted().map { .init(id: $0, scale: $0 == wanted ? 1 : 0) }
        }
        return try JSONEncoder().encode(body)
    }
}

/// A request's JSON.
struct CompletionBody: Encodable {
    enum Prompt: Encodable {
        case text(String)
        case tokens([Int])

        init(_ prompt: LoadRequest.Prompt) {
            switch prompt {
            case .text(let text): self = .text(text)
            case .tokens(let ids): self = .tokens(ids)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .tokens(let ids): try container.encode(ids)
            }
        }
    }

    struct Scale: Encodable {
        let id: Int
        let scale: Double
    }

    let prompt: Prompt
    let max_tokens: Int
    let temperature = 0
    let stream = true
    let ignore_eos = true
    var model: String?
    var stream_options: [String: Bool]?
    var n_predict: Int?
    var cache_prompt: Bool?
    var lora: [Scale]?
}

/// What arrived so far.
private struct Progress {
    var record: RequestRecord
    let api: CompletionAPI
    var events = EventStream()
    /// The body of an answer that is no stream.
    var complaint: [UInt8] = []
    var total: Int?

    mutating func take(_ piece: [UInt8], status: Int) {
        let now = LoadClock.now
        guard status == 200 else { return complaint.append(contentsOf: piece.prefix(1000)) }
        for data in events.feed(piece) {
            guard let event = CompletionEvent(data, api: api) else { continue }
            if event.hasTokens { record.arrivals.append(now) }
            if let error = event.error { record.failure = error }
            if let count = event.promptTokens { record.promptTokens = count }
            if let count = event.outputTokens { total = count }
        }
    }
}

/// Shared by the task that waits and the thread that reads.
private final class Shared: Sendable {
    private let progress: Mutex<Progress>

    init(_ progress: Progress) { self.progress = Mutex(progress) }

    func take(_ piece: [UInt8], status: Int) { progress.withLock { $0.take(piece, status: status) } }

    func refusal(_ status: Int) -> String {
        struct Reply: Decodable { let error: ServerError? }
        let complaint = progress.withLock { $0.complaint }
        let reply = try? JSONDecoder().decode(Reply.self, from: Data(complaint))
        return "status \(status): " + (reply?.error?.text ?? String(decoding: complaint.prefix(200), as: UTF8.self))
    }

    func finish(_ failure: String?) -> RequestRecord {
        progress.withLock { progress in
            var record = progress.record
            if let failure { record.failure = record.failure ?? failure }
            record.ended = LoadClock.now
            record.outputTokens = progress.total ?? record.arrivals.count
            if record.failure == nil, record.outputTokens == 0 { record.failure = "an answer without a token" }
            return record
        }
    }
}
