import DeckCore
import Foundation
import HTTPClient

/// One kind of engine, spoken to over HTTP.
protocol EngineClient: Sendable {
    var kind: DeckIdentity.Kind { get }

    /// One look at everything that the engine shows. Throws when it does not answer as such an engine does.
    func read() async throws -> EngineReading

    /// Carries a command out. `path` is where an adapter was read from, by the engine's own word; nil when it never said.
    func perform(
        _ command: DeckCommand, by actor: String, path: @Sendable (String) -> String?
    ) async -> CommandOutcome

    /// The call that generates what is asked for. Throws for what this engine cannot do.
    func call(for request: PromptRequest) async throws -> PromptCall
}

/// An engine that serves and forgets adapters by name while it runs.
protocol LoadingEngine: EngineClient {
    /// Makes the engine serve an adapter under a name and returns what it said. Throws `EngineTrouble` with the reason.
    func load(name: String, path: String) async throws -> String

    /// Makes the engine serve an adapter no longer.
    func unload(name: String) async throws -> String
}

extension LoadingEngine {
    func perform(
        _ command: DeckCommand, by actor: String, path: @Sendable (String) -> String?
    ) async -> CommandOutcome {
        let start = ContinuousClock.now
        do {
            let said: String
            switch command {
            case .load(let adapter):
                guard let path = path(adapter) else {
                    return .refused("nobody said where \(adapter) is: register \(adapter) PATH, as the engine sees it")
                }
                said = try await load(name: adapter, path: path)
            case .register(let name, let path, _): said = try await load(name: name, path: path)
            case .evict(let adapter, _, _), .unregister(let adapter): said = try await unload(name: adapter)
            default: return .refused("\(command.commandLine): this engine cannot do that")
            }
            let seconds = (ContinuousClock.now - start) / .milliseconds(1) / 1000
            return .done("\(said) (\((seconds * 100).rounded() / 100) s)")
        } catch {
            return .refused("\(error)")
        }
    }
}

/// Limits of everything but generation.
extension HTTPLimits {
    /// A look at an engine: answers of a busy one come late, those of a sick one never.
    static let look = HTTPLimits(connectSeconds: 2, silenceSeconds: 5, totalSeconds: 8, bodyBytes: 16 << 20)
    /// An order: a large adapter takes its time.
    static let order = HTTPLimits(connectSeconds: 5, silenceSeconds: 300, totalSeconds: 300, bodyBytes: 1 << 20)
    /// A prompt's answer: as long as it goes on.
    static let answer = HTTPLimits(connectSeconds: 5, silenceSeconds: 600, totalSeconds: nil, bodyBytes: 256 << 20)
}

/// How an engine is spoken to: with short limits for looks, long ones for orders.
struct EngineLine: Sendable {
    let looks: HTTPCaller
    let orders: HTTPCaller

    init(_ address: HTTPAddress, key: String?) {
        looks = HTTPCaller(address, key: key, limits: .look)
        orders = HTTPCaller(address, key: key, limits: .order)
    }

    var address: HTTPAddress { looks.address }
    var key: String? { looks.key }

    /// The body of an answer with status 200; nil for one that says the path is not served. Throws for the rest.
    func look(_ path: String) async throws -> Data? {
        let reply = try await looks.get(path)
        switch reply.status {
        case 200: return reply.body
        case 401, 403: throw EngineTrouble("\(path) wants a key: give --key")
        case 404, 405, 501: return nil
        default: throw EngineTrouble("\(path) answers \(reply.status): \(ServerComplaint.text(reply.body))")
        }
    }

    func look<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value? {
        guard let body = try await look(path) else { return nil }
        return try EngineAnswer.value(body, of: path)
    }

    /// Like `look`, but a path that must be there.
    func need<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        guard let value = try await look(path, as: type) else { throw EngineTrouble("there is no \(path)") }
        return value
    }
}

/// What servers say when they refuse, in whichever shape they say it.
enum ServerComplaint {
    private struct Body: Decodable {
        struct Object: Decodable { let message: String? }

        let error: Object?
        let text: String?
        let message: String?
        let detail: String?
        let error_message: String?

        private enum CodingKeys: CodingKey { case error, message, detail, error_message }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            error = try? container.decode(Object.self, forKey: .error)
            text = try? container.decode(String.self, forKey: .error)
            message = try? container.decode(String.self, forKey: .message)
            detail = try? container.decode(String.self, forKey: .detail)
            error_message = try? container.decode(String.self, forKey: .error_message)
        }
    }

    /// The message in a body, else the body's beginning.
    static func text(_ body: Data) -> String {
        let found = try? JSONDecoder().decode(Body.self, from: body)
        let message =
            found?.error?.message ?? found?.error_message ?? found?.text ?? found?.message ?? found?.detail
            ?? String(decoding: body.prefix(300), as: UTF8.self)
        return String(message.prefix(500)).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The order that makes vLLM and SGLang load an adapter, and with the name alone the one that makes them unload it.
struct LoraOrder: Encodable, Sendable {
    let lora_name: String
    var lora_path: String?

    func body() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
