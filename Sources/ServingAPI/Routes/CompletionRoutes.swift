import DeckCore
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// `/v1/completions` and `/v1/chat/completions`.
extension APIService {
    func completions(
        _ request: Request, _ context: APIContext, _ access: Access, isChat: Bool
    ) async throws -> Response {
        // Before any work is done for it: its place among its tenant's requests, and what that owes.
        let tenant = access.tenant
        let permit = try gate.admit(tenant)
        try checkDebt(of: tenant)
        let departure = await departure(context, access)
        let received = try await body.read(request, of: tenant.name)
        let unread = try await preparation.run(received.count, of: tenant.name, unless: departure) {
            [model, options] () throws(APIError) in
            let fields = try Fields(received.bytes, isChat ? .chat : .completions)
            received.drop()
            return isChat
                ? try CompletionOrder(chat: fields, model: model, limits: options)
                : try CompletionOrder(completion: fields, model: model, limits: options)
        }
        try permit.grow(to: unread.choiceCount)
        try await resolver.resolve(unread.adapter, model: unread.written, access)
        let (order, run) = try await preparation.run(unread.textBytes, of: tenant.name, unless: departure) {
            [model, options, deck] () throws(APIError) in
            var order = unread
            try order.read(model, tenant)
            let requests = order.requests(origin: tenant.name, contextLength: model.contextLength(for: tenant))
            // The deck reads chats into tokens itself.
            let run = GenerationRun(
                requests, deck: deck, maxBehind: options.maxBehind,
                keepAlive: order.streaming == nil ? nil : options.keepAlive, ended: { permit.releaseOne() })
            return (order, run)
        }
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

    private func checkDebt(of tenant: TenantRecord) throws(APIError) {
        guard let limit = tenant.tokensPerMinute, let debt = serving.tokenDebt(of: tenant) else { return }
        let beyond = debt.tokens > 0 ? ": it is \(debt.tokens.counted("token")) beyond that" : " and has none left"
        throw APIError(
            status: 429,
            message:
                "tenant \(tenant.name) may use \(limit.counted("token")) a minute\(beyond); there is room for a request in "
                + "\((debt.seconds * 10).rounded(.up) / 10) s", retryAfter: debt.seconds)
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
