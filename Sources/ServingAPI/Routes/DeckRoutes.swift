import DeckCore
import DeckWire
import Deflate
import HTTPTypes
import Hummingbird
import HummingbirdCore
import ModelFiles

/// loradeck's own routes, for consoles: `/deck/v1/`.
extension APIService {
    func snapshot(_ access: Access) async throws -> Response {
        try access.requireAdministrator("the deck's snapshot")
        guard let snapshot = await serving.snapshot() else { throw APIError.deckStopped }
        return .json(try JSONValue.encoding(snapshot))
    }

    /// Frames of `DeckStreamEncoder`, one a line; packed for who accepts that.
    func stream(_ request: Request, _ context: APIContext, _ access: Access) async throws -> Response {
        try access.requireAdministrator("the deck's stream")
        let departure = await departure(context, access)
        let codings = request.headers[.acceptEncoding]?.lowercased().filter { !$0.isWhitespace }.split(separator: ",")
        let isPacked = codings?.contains { $0 == "deflate" || $0.hasPrefix("deflate;") && $0 != "deflate;q=0" } ?? false
        let seat = broadcast.join()
        var headers = HTTPFields.lines
        if isPacked { headers[.contentEncoding] = "deflate" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                let handle = departure.whenGone(seat.leave)
                defer {
                    seat.leave()
                    departure.forget(handle)
                }
                guard isPacked else {
                    for await frame in seat.frames where !departure.isGone {
                        try await writer.write(ByteBuffer(bytes: frame.plain))
                    }
                    return try await writer.finish(nil)
                }
                var deflater = Deflater()
                try await writer.write(ByteBuffer(bytes: deflater.head))
                for await frame in seat.frames where !departure.isGone {
                    deflater.count(frame.plain)
                    try await writer.write(ByteBuffer(bytes: frame.packed))
                }
                try await writer.write(ByteBuffer(bytes: deflater.tail))
                try await writer.finish(nil)
            })
    }

    func command(_ request: Request, _ access: Access) async throws -> Response {
        try access.requireAdministrator("a command")
        let order: CommandOrder = try await order(request, access)
        let outcome = await deck.perform(order.command, by: actor(order.actor, access))
        return .json(try JSONValue.encoding(outcome))
    }

    /// One `PromptFrame` a line.
    func prompt(_ request: Request, _ context: APIContext, _ access: Access) async throws -> Response {
        try access.requireAdministrator("a prompt of a console")
        let order: PromptOrder = try await order(request, access)
        guard (1...options.maxChoices).contains(order.requests.count) else {
            throw APIError.invalid("\(order.requests.count) prompts; 1 to \(options.maxChoices) are possible")
        }
        let requests = order.requests.map { request in
            var request = request
            request.origin = actor(request.origin, access)
            return request
        }
        let departure = await departure(context, access)
        let bytes = requests.reduce(0) { $0 + $1.content.textBytes }
        let run = try await preparation.run(bytes, of: access.tenant.name, unless: departure) {
            [deck, options] () throws(APIError) in
            // The deck reads texts into tokens as it takes them.
            GenerationRun(requests, deck: deck, maxBehind: options.maxBehind)
        }
        return Response(
            status: .ok, headers: .lines,
            body: ResponseBody { writer in
                let handle = departure.whenGone { run.cancel() }
                defer {
                    run.cancel()
                    departure.forget(handle)
                }
                var open = Set(requests.indices)
                for await piece in run.pieces where !departure.isGone {
                    if piece.update.isLast { open.remove(piece.choice) }
                    try await writer.write(try PromptFrame(prompt: piece.choice, update: piece.update).line)
                }
                if let reason = departure.reason {
                    for prompt in open.sorted() {
                        let last = PromptFrame(prompt: prompt, update: .failed(.unavailable, reason.message))
                        try await writer.write(try last.line)
                    }
                } else if run.fellBehind {
                    throw APIError.deckStopped
                }
                try await writer.finish(nil)
            })
    }

    private func order<Order: Decodable>(_ request: Request, _ access: Access) async throws -> Order {
        let bytes = try await body.read(request, of: access.tenant.name).bytes
        let (order, unread): (Order, UnreadMember?)
        do {
            (order, unread) = try JSONValue.parse(bytes, source: "the body").decodedWhole(as: Order.self)
        } catch {
            throw APIError.invalid("the body is no \(Order.self): \(error)")
        }
        guard let unread else { return order }
        let nearest = NearestName.of(unread.name, among: unread.known.sorted())
        throw APIError.invalid(
            "unknown field \(unread.path): "
                + (nearest.map { "the nearest is \($0)" } ?? "\(Order.self) has none like it; leave it out"),
            param: unread.path)
    }

    /// Whom the audit log names: with keys, the key's tenant stands first.
    private func actor(_ named: String, _ access: Access) -> String {
        let named = String(named.prefix(64))
        return access.isAnonymous ? named : "\(access.tenant.name):\(named)"
    }
}

extension PromptFrame {
    fileprivate var line: ByteBuffer {
        get throws { ByteBuffer(bytes: try JSONValue.encoding(self).text + [0x0A]) }
    }
}

extension PromptUpdate {
    /// Whether nothing comes after it.
    fileprivate var isLast: Bool {
        switch self {
        case .finished, .failed: true
        case .started, .promptAlternatives, .token: false
        }
    }
}

extension HTTPFields {
    fileprivate static var lines: HTTPFields { [.contentType: "application/x-ndjson", .cacheControl: "no-cache"] }
}

extension APIError {
    static let deckStopped = APIError(status: 503, message: "the deck stopped")
}
