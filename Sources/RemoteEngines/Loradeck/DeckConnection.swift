import DeckCore
import DeckWire
import Foundation
import HTTPClient
import ModelFiles
import Synchronization

/// Another loradeck's own routes.
struct DeckConnection: Sendable {
    static let streamPath = "/deck/v1/stream"
    static let commandPath = "/deck/v1/command"
    static let promptPath = "/deck/v1/prompt"

    let line: EngineLine

    /// Follows the deck's stream until it ends, fails or `take` says that it had enough. Throws why it ended otherwise.
    func follow(_ take: @escaping @Sendable (DeckSnapshot) -> Bool) async throws {
        let reader = StreamReader(take)
        // A deck sends something every second or so, whether anything changes or not.
        let limits = HTTPLimits(connectSeconds: 5, silenceSeconds: 15, totalSeconds: nil, bodyBytes: .max)
        let exchange = HTTPExchange(
            line.address, method: "GET", path: Self.streamPath, body: nil, key: line.key, acceptsPacked: true,
            limits: limits)
        let run = Task { try await exchange.run { status, piece in reader.take(status: status, piece) } }
        reader.onEnd { run.cancel() }
        do {
            let status = try await withTaskCancellationHandler {
                try await run.value
            } onCancel: {
                run.cancel()
            }
            if reader.hadEnough { return }
            throw EngineTrouble(reader.complaint(status: status) ?? "the deck ended the stream")
        } catch is CancellationError {
            if reader.hadEnough { return }
            if let complaint = reader.complaint(status: 200) { throw EngineTrouble(complaint) }
            throw CancellationError()
        }
    }

    func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        do {
            let body = try Self.body(CommandOrder(command: command, actor: actor))
            let reply = try await line.orders.post(Self.commandPath, body)
            guard reply.status == 200 else { return .refused(ServerComplaint.text(reply.body)) }
            return try Self.value(Array(reply.body), as: CommandOutcome.self)
        } catch {
            return .refused("\(error)")
        }
    }
}

extension DeckConnection {
    /// A value as decks write it.
    static func body(_ value: some Encodable) throws -> Data { Data(try JSONValue.encoding(value).text) }

    static func value<Value: Decodable>(_ bytes: [UInt8], as type: Value.Type) throws -> Value {
        do {
            return try JSONValue.parse(bytes, source: "the deck's answer").decoded(as: type)
        } catch {
            throw EngineTrouble("what the deck answers cannot be read: \(error)")
        }
    }
}

/// What has come of a deck's stream; shared by the task that waits and the thread that reads.
private final class StreamReader: Sendable {
    private struct State {
        var lines = FrameLines()
        var decoder = DeckStreamDecoder()
        var refusal: [UInt8] = []
        var problem: String?
        var hadEnough = false
        var end: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let give: @Sendable (DeckSnapshot) -> Bool

    init(_ give: @escaping @Sendable (DeckSnapshot) -> Bool) { self.give = give }

    var hadEnough: Bool { state.withLock { $0.hadEnough } }

    /// `end` stops the exchange; at once when there is nothing to read for any more.
    func onEnd(_ end: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.end = end
            return state.hadEnough || state.problem != nil
        }
        if isOver { end() }
    }

    func complaint(status: Int) -> String? {
        state.withLock { state in
            if let problem = state.problem { return problem }
            guard status != 200 else { return nil }
            let text = ServerComplaint.text(Data(state.refusal))
            if status == 401 || status == 403 { return "\(text.isEmpty ? "it wants a key" : text): give --key" }
            return text.isEmpty ? "the deck answers \(status)" : text
        }
    }

    func take(status: Int, _ piece: [UInt8]) {
        let end: (@Sendable () -> Void)? = state.withLock { state in
            guard status == 200 else {
                state.refusal += piece.prefix(max(0, 4096 - state.refusal.count))
                return nil
            }
            guard !state.hadEnough, state.problem == nil else { return state.end }
            do {
                for line in try state.lines.feed(piece) {
                    let snapshot = try state.decoder.apply(line)
                    guard give(snapshot) else {
                        state.hadEnough = true
                        return state.end
                    }
                }
                return nil
            } catch {
                state.problem = "\(error)"
                return state.end
            }
        }
        end?()
    }
}
