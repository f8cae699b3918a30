import DeckCore
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ModelFiles
import NIOCore

/// Leads each request to its route.
struct APIResponder: HTTPResponder {
    let service: APIService
    let version: String
    let peer: @Sendable (any Channel) -> PeerAddress

    func respond(to request: Request, context: APIContext) async throws -> Response {
        var request = request
        var expectation: Expectation?
        var response: Response
        do {
            try checkFraming(request)
            expectation = try Expectation(request, channel: context.channel)
            if let expectation {
                request.body = RequestBody(asyncSequence: ExpectedBody(body: request.body, expectation: expectation))
            }
            response = try await route(request, context)
        } catch let error as APIError {
            if error.status >= 500 { service.log.error("\(request.method) \(request.uri.path): \(error.message)") }
            response = error.response
        } catch {
            service.log.error("\(request.method) \(request.uri.path): \(error)")
            response = APIError(status: 500, message: "Internal Server Error").response
        }
        // Nobody can tell whether a body comes that was never asked for.
        if let expectation, !expectation.isMet { response.headers[.connection] = "close" }
        return response
    }

    private func route(_ request: Request, _ context: APIContext) async throws -> Response {
        let path = request.uri.path
        let route = APIRoute(rawValue: path)
        if service.connections.isReserved(context.channel), route?.tellsState != true { throw APIError.crowded }
        // Who watches whether the process lives, or serves, has no key.
        switch route {
        case .health?, .ping?:
            try allow(request, APIRoute.health.methods)
            if service.keeper.isFinished { throw APIError.deckStopped }
            return Response(status: .ok)
        case .ready?:
            try allow(request, APIRoute.ready.methods)
            try service.checkReady()
            return Response(status: .ok)
        default: break
        }
        let directory = service.serving.directory
        let now = directory.current
        if !now.needsKey { try checkHost(request) }
        let access = try now.access(Credential(request.headers, from: peer(context.channel)))
        guard let route else { return try await model(request, access) }
        try allow(request, route.methods)
        if route.isWork, let refusal = service.drain.refusal { throw refusal }
        var request = request
        request.body = RequestBody(
            asyncSequence: GuardedBody(body: request.body, directory: directory, access: access))
        switch route {
        case .health, .ping, .ready: return Response(status: .ok)
        case .version: return .json(["version": .string(version)])
        case .models: return service.models(access)
        case .completions, .chat:
            return try await service.completions(request, context, access, isChat: route == .chat)
        case .tokenize: return try await service.tokenize(request, context, access)
        case .detokenize: return try await service.detokenize(request, context, access)
        case .loadAdapter: return try await service.loadAdapter(request, access)
        case .unloadAdapter: return try await service.unloadAdapter(request, access)
        case .metrics: return await service.metrics(access)
        case .snapshot: return try await service.snapshot(access)
        case .stream: return try await service.stream(request, context, access)
        case .command: return try await service.command(request, access)
        case .prompt: return try await service.prompt(request, context, access)
        }
    }

    /// One model's card, whose name is the rest of the path.
    private func model(_ request: Request, _ access: Access) async throws -> Response {
        let path = request.uri.path
        let parent = APIRoute.models.rawValue + "/"
        guard path.hasPrefix(parent), path.utf8.count > parent.utf8.count else {
            let cure = APIRoute.meant(by: path).map { ": the nearest path is \($0.rawValue)" } ?? ""
            throw APIError(status: 404, message: "Not Found: \(request.method) \(path.prefix(200))\(cure)")
        }
        try allow(request, APIRoute.models.methods)
        let name = String(path.dropFirst(parent.count))
        return try service.model(name.removingPercentEncoding ?? name, access)
    }

    /// Where a request ends must be beyond doubt, or a proxy before us could see another one in its body. The parser
    /// notices only when it comes to the body, after which a short answer may have been given.
    private func checkFraming(_ request: Request) throws(APIError) {
        let codings = request.headers[values: .transferEncoding]
        let lengths = request.headers[values: .contentLength]
        guard codings.isEmpty || codings.map({ $0.lowercased() }) == ["chunked"] && lengths.isEmpty, lengths.count <= 1
        else { throw .unclearEnd }
    }

    private func allow(_ request: Request, _ methods: [HTTPRequest.Method]) throws(APIError) {
        guard methods.contains(request.method) else {
            let allowed = methods.map(\.rawValue).joined(separator: " or ")
            throw APIError(
                status: 405,
                message: "Method Not Allowed: \(request.method) \(request.uri.path.prefix(200)); send \(allowed)")
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
    fileprivate static let crowded = APIError(
        status: 503, message: "the server has as many connections as it takes; health and metrics can be asked for",
        retryAfter: 1, closes: true)
    fileprivate static let unclearEnd = APIError(
        status: 400, message: "the end of the request's body is unclear", closes: true)
}
