import DeckCore
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// `/v1/completions` and `/v1/chat/completions`.
extension APIService {
    func completions(
        _ request: Request, _ context: APIContext, _ access: Access, isChat: Bool
    ) async throws -> Response {
        let fields = try Fields(try await body.read(request), isChat ? .chat : .completions)
        let order =
            isChat
            ? try CompletionOrder(chat: fields, model: model, limits: options)
            : try CompletionOrder(completion: fields, model: model, limits: options)
        // A request without a model asks for nobody's name.
        try await resolver.resolve(order.adapter, model: try fields.string("model") ?? "", access)
        let contextLength = try checkedContext(order, access.tenant)
        let permit = try gate.admit(access.tenant)
        let departure = await departure(context, access)
        let run = GenerationRun(
            order.requests(origin: access.tenant.name, contextLength: contextLength), deck: deck,
            maxBehind: options.maxBehind, keepAlive: order.streaming == nil ? nil : options.keepAlive)
        let handle = departure.whenGone { run.cancel() }
        let answer = AnswerState(
            order, form: AnswerForm(order, text: TokenText(tokenizer: model.tokenizer)),
            tellsOperator: access.isAdministrator)
        let job = CompletionJob(
            run: run, permit: permit, departure: departure, handle: handle,
            unknown: { resolver.unknown(order.model, access) })
        do throws(APIError) {
            return order.streaming == nil ? try await job.document(answer) : try await job.stream(answer)
        } catch {
            job.end()
            throw error
        }
    }

    /// The context that a tenant may use. Throws for an order that needs more.
    private func checkedContext(_ order: CompletionOrder, _ tenant: TenantRecord) throws(APIError) -> Int {
        guard let limit = tenant.maxContext, limit < model.contextLength else { return model.contextLength }
        for prompt in order.prompts {
            try CompletionOrder.checkContext(
                prompt.tokens?.count ?? 0, order.maxTokens, limit, "Tenant \(tenant.name)'s maximum context length")
        }
        return limit
    }
}

/// One request's way from the deck's updates to its answer.
private struct CompletionJob: Sendable {
    let run: GenerationRun
    let permit: Permit
    let departure: Departure
    let handle: Int
    /// The error for a model that nobody registered.
    let unknown: @Sendable () -> APIError

    func end() {
        run.cancel()
        departure.forget(handle)
        permit.release()
    }

    func document(_ answer: consuming AnswerState) async throws(APIError) -> Response {
        defer { end() }
        var answer = answer
        for await piece in run.pieces {
            try renamed { () throws(APIError) in try answer.gather(piece) }
        }
        guard let document = answer.document() else {
            throw departure.reason
                ?? APIError(
                    status: 503, message: run.fellBehind ? "the answer was too long to keep" : "the deck stopped")
        }
        return .json(document)
    }

    /// The head goes out when every choice was taken in, so that a refusal still has a status of its own, or when that takes
    /// so long that a proxy would give up.
    func stream(_ answer: AnswerState) async throws(APIError) -> Response {
        var answer = answer
        var early: [UInt8] = []
        var started: Set<Int> = []
        for await event in run.events {
            guard case .piece(let piece) = event else {
                early += EventFrame.keepAlive
                break
            }
            try renamed { () throws(APIError) in try answer.chunks(piece, into: &early) }
            started.insert(piece.choice)
            if started.count == answer.order.choiceCount { break }
        }
        if let reason = departure.reason { throw reason }
        let begun = (answer: answer, bytes: early)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                defer { end() }
                var answer = begun.answer
                if !begun.bytes.isEmpty { try await writer.write(ByteBuffer(bytes: begun.bytes)) }
                do throws(APIError) {
                    for await event in run.events {
                        // What waits here was made for who may not read it any more.
                        if departure.isGone { break }
                        var bytes: [UInt8] = []
                        switch event {
                        case .piece(let piece):
                            try renamed { () throws(APIError) in try answer.chunks(piece, into: &bytes) }
                        case .silence: bytes = EventFrame.keepAlive
                        }
                        guard !bytes.isEmpty else { continue }
                        do { try await writer.write(ByteBuffer(bytes: bytes)) } catch { throw .gone }
                    }
                    if let reason = departure.reason { throw reason }
                    // A cut stream, not an answer that looks whole.
                    if run.fellBehind || departure.isGone || !answer.isComplete { throw .gone }
                    try? await writer.write(ByteBuffer(bytes: answer.ending()))
                } catch {
                    guard error != .gone else { throw error }
                    var bytes: [UInt8] = []
                    EventFrame.append(error.body, to: &bytes)
                    try await writer.write(ByteBuffer(bytes: bytes + EventFrame.end))
                }
                try await writer.finish(nil)
            })
    }

    /// The deck's own words name every adapter; a client may not know of all.
    private func renamed(_ body: () throws(APIError) -> Void) throws(APIError) {
        do {
            try body()
        } catch {
            throw error.status == 404 ? unknown() : error
        }
    }
}

extension APIError {
    /// Nobody is there to be told.
    fileprivate static let gone = APIError(status: 499, message: "the client went")
}
