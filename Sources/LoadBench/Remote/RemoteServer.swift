import Foundation
import HTTPClient

/// A server that was looked at: what it speaks and which adapters it has.
public struct RemoteServer: Sendable {
    public let address: HTTPAddress
    public let api: CompletionAPI
    let key: String?
    /// openai: what the base is called.
    let baseName: String
    /// openai: every name; llama: those of the adapters.
    let names: Set<String>
    /// llama: the adapters' numbers by name, and all numbers.
    let numbers: [String: Int]

    /// Looks at the server. `api` nil finds out what it speaks. Throws `BenchFailure` with what to do.
    public static func find(_ address: HTTPAddress, api: CompletionAPI?, key: String?) async throws -> RemoteServer {
        let place = "\(address)"
        func get<Body: Decodable>(_ path: String, _ type: Body.Type) async throws -> Body? {
            let reply = try await Self.get(address, path, key: key)
            guard reply.status != 401, reply.status != 403 else {
                throw BenchFailure("\(place) wants a key: give it in LORADECK_BENCH_KEY")
            }
            guard reply.status == 200 else { return nil }
            return try? JSONDecoder().decode(Body.self, from: reply.body)
        }
        var isLlama = api == .llama
        if api == nil { isLlama = try await get("/props", Props.self) != nil }
        if isLlama {
            guard let adapters = try await get("/lora-adapters", [LlamaAdapter].self) else {
                throw BenchFailure("\(place) does not list its adapters at /lora-adapters: is it a llama.cpp server?")
            }
            let named = adapters.map { ($0.name, $0.id) }
            return RemoteServer(
                address: address, api: .llama, key: key, baseName: "", names: Set(named.map(\.0)),
                numbers: Dictionary(named) { first, _ in first })
        }
        guard let models = try await get("/v1/models", Models.self),
            let base = models.data.first(where: { $0.parent == nil })
        else { throw BenchFailure("\(place) answers neither /props nor /v1/models as a completion server does") }
        return RemoteServer(
            address: address, api: .openai, key: key, baseName: base.id, names: Set(models.data.map(\.id)), numbers: [:]
        )
    }

    private static func get(
        _ address: HTTPAddress, _ path: String, key: String?
    ) async throws -> (status: Int, body: Data) {
        let body = Gathered()
        do {
            let status = try await HTTPExchange(address, method: "GET", path: path, body: nil, key: key).run {
                _, piece in
                body.add(piece)
            }
            return (status, body.data)
        } catch let failure as HTTPExchange.Failure {
            throw BenchFailure(failure.description)
        } catch let malformed as HTTPResponseReader.Malformed {
            throw BenchFailure("\(address.place): \(malformed.description)")
        }
    }

    private struct Props: Decodable {
        /// There in llama.cpp's answer, whatever else is.
        let default_generation_settings: [String: Ignored]
    }

    private struct Ignored: Decodable {
        init(from decoder: any Decoder) {}
    }

    private struct Models: Decodable {
        struct Model: Decodable {
            let id: String
            let parent: String?
        }

        let data: [Model]
    }

    private struct LlamaAdapter: Decodable {
        let id: Int
        let path: String

        /// Its file without the suffix.
        var name: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }
    }
}
