import DeckCore
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ModelFiles

/// Leads each request to its route.
struct APIResponder: HTTPResponder {
    let service: APIService
    let version: String

    func respond(to request: Request, context: APIContext) async throws -> Response {
        do {
            return try await route(request, context)
        } catch let error as APIError {
            if error.status >= 500 { service.log.error("\(request.method) \(request.uri.path): \(error.message)") }
            return error.response
        } catch {
            service.log.error("\(request.method) \(request.uri.path): \(error)")
            return APIError(status: 500, message: "Internal Server Error").response
        }
    }

    private func route(_ request: Request, _ context: APIContext) async throws -> Response {
        try checkFraming(request)
        let path = request.uri.path
        // Who watches whether the process lives has no key.
        if path == "/health" || path == "/ping" {
            try allow(request, .get, .post)
            if service.keeper.isFinished { throw APIError.deckStopped }
            return Response(status: .ok)
        }
        let directory = service.serving.directory
        if !directory.hasKeys { try checkHost(request) }
        let access = try directory.access(request.headers)
        switch path {
        case "/version":
            try allow(request, .get)
            return .json(["version": .string(version)])
        case "/v1/models":
            try allow(request, .get)
            return await service.models(access)
        case "/v1/completions", "/v1/chat/completions":
            try allow(request, .post)
            let isChat = path != "/v1/completions"
            return try await service.completions(request, context, access, isChat: isChat)
        case "/tokenize":
            try allow(request, .post)
            return try await service.tokenize(request, access)
        case "/detokenize":
            try allow(request, .post)
            return try await service.detokenize(request, access)
        case "/v1/load_lora_adapter":
            try allow(request, .post)
            return try await service.loadAdapter(request, access)
        case "/v1/unload_lora_adapter":
            try allow(request, .post)
            return try await service.unloadAdapter(request, access)
        case "/metrics":
            try allow(request, .get)
            return await service.metrics(access)
        case "/deck/v1/snapshot":
            try allow(request, .get)
            return try await service.snapshot(access)
        case "/deck/v1/stream":
            try allow(request, .get)
            return try await service.stream(request, context, access)
        case "/deck/v1/command":
            try allow(request, .post)
            return try await service.command(request, access)
        case "/deck/v1/prompt":
            try allow(request, .post)
            return try await service.prompt(request, context, access)
        default:
            if path.hasPrefix("/v1/models/") {
                try allow(request, .get)
                let name = String(path.dropFirst("/v1/models/".count))
                return try await service.model(name.removingPercentEncoding ?? name, access)
            }
            throw APIError(status: 404, message: "Not Found: \(request.method) \(path.prefix(200))")
        }
    }

    /// Where a request ends must be beyond doubt, or a proxy before us could see another one in its body. The parser
    /// notices only when it comes to the body, after which a short answer may have been given.
    private func checkFraming(_ request: Request) throws(APIError) {
        let codings = request.headers[values: .transferEncoding]
        let lengths = request.headers[values: .contentLength]
        guard codings.isEmpty || codings.map({ $0.lowercased() }) == ["chunked"] && lengths.isEmpty, lengths.count <= 1
        else { throw .unclearEnd }
    }

    private func allow(_ request: Request, _ methods: HTTPRequest.Method...) throws(APIError) {
        guard methods.contains(request.method) else {
            throw APIError(
                status: 405, message: "Method Not Allowed: \(request.method) \(request.uri.path.prefix(200))")
        }
    }

    /// Without keys only this machine's users are served, and no site of the web whose name was made to lead here.
    private func checkHost(_ request: Request) throws(APIError) {
        guard case .tcp(let bound, _) = service.options.address else { return }
        let sent = request.head.authority ?? ""
        var host = sent[...]
        if let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy(\.isNumber) {
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard host.isEmpty || String(host) == bound || ListenAddress.isLoopback(String(host)) else {
            throw .forbidden(
                "this server answers to localhost; it has no API keys, and the request is for \(sent.prefix(200))")
        }
    }
}

extension APIError {
    fileprivate static let unclearEnd = APIError(
        status: 400, message: "the end of the request's body is unclear", closes: true)
}
