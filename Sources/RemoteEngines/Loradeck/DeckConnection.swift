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

    /// A deck sends a frame every second or so, whether anything changes or not. One that sends none for so long, be it
    /// that it drips bytes or empty lines, does not answer.
    static let frameSeconds = 15.0

    let line: EngineLine
    let patience: Double

    init(line: EngineLine, patience: Double = frameSeconds) {
        self.line = line
        self.patience = patience
    }

    /// Follows the deck's stream until it ends, fails or `take` says that it had enough. Throws why it ended otherwise.
    func follow(_ take: @escaping @Sendable (DeckSnapshot) -> Bool) async throws {
        let reader = StreamReader(take)
        let limits = HTTPLimits(connectSeconds: 5, silenceSeconds: patience, totalSeconds: nil, bodyBytes: .max)
        let exchange = HTTPExchange(
            line.address, method: "GET", path: Self.streamPath, body: nil, key: line.key, acceptsPacked: true,
            limits: limits)
        let run = Task { try await exchange.run { status, piece in reader.take(status: status, piece) } }
        reader.onEnd { run.cancel() }
        let watch = Task { [patience] in
            while reader.isWithin(patience) { try await Task.sleep(for: .seconds(min(1, patience / 4))) }
        }
        defer { watch.cancel() }
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
            return try EngineAnswer.value(reply.body, of: Self.commandPath)
        } catch {
            return .refused("\(error)")
        }
    }
}

extension DeckConnection {
    /// A value as decks write it.
    static func body(_ value: some Encodable) throws -> Data { Data(try JSONValue.encoding(value).text) }
}

/// What has come of a deck's stream; shared by the task that waits and the thread that reads.
private final class StreamReader: Sendable {
    private struct State {
        var lines = FrameLines()
        var decoder = DeckStreamDecoder()
        var refusal: [UInt8] = []
        var problem: String?
        var hadEnough = false
    }

    /// Apart from the rest, which is held while a frame is read.
    private struct Watch {
        /// When the last frame came, or the stream was opened.
        var lastFrame = SteadyClock.now
        var overdueSeconds: Double?
        /// Stops the exchange.
        var end: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let watch = Mutex(Watch())
    private let give: @Sendable (DeckSnapshot) -> Bool

    init(_ give: @escaping @Sendable (DeckSnapshot) -> Bool) { self.give = give }

    var hadEnough: Bool { state.withLock { $0.hadEnough } }

    /// `end` stops the exchange; at once when there is nothing to read for any more.
    func onEnd(_ end: @escaping @Sendable () -> Void) {
        watch.withLock { $0.end = end }
        if state.withLock({ $0.hadEnough || $0.problem != nil }) { end() }
    }

    /// Ends the exchange when no frame has come for so many seconds. False when it did.
    func isWithin(_ seconds: Double) -> Bool {
        let (isOverdue, end): (Bool, (@Sendable () -> Void)?) = watch.withLock { watch in
            if SteadyClock.now - watch.lastFrame > seconds { watch.overdueSeconds = seconds }
            return (watch.overdueSeconds != nil, watch.end)
        }
        if isOverdue { end?() }
        return !isOverdue
    }

    func complaint(status: Int) -> String? {
        if let seconds = watch.withLock({ $0.overdueSeconds }) {
            return "no frame of its stream has come for \(Int(bounding: seconds.rounded(.up))) s"
        }
        return state.withLock { state in
            if let problem = state.problem { return problem }
            guard status != 200 else { return nil }
            let text = ServerComplaint.text(Data(state.refusal))
            if status == 401 || status == 403 { return "\(text.isEmpty ? "it wants a key" : text): give --key" }
            return text.isEmpty ? "the deck answers \(status)" : text
        }
    }

    func take(status: Int, _ piece: [UInt8]) {
        let isOver = state.withLock { state in
            guard status == 200 else {
                state.refusal += piece.prefix(max(0, 4096 - state.refusal.count))
                return false
            }
            guard !state.hadEnough, state.problem == nil else { return true }
            do {
                for line in try state.lines.feed(piece) {
                    let snapshot = try state.decoder.apply(line)
                    watch.withLock { $0.lastFrame = SteadyClock.now }
                    guard give(snapshot) else {
                        state.hadEnough = true
                        return true
                    }
                }
                return false
            } catch {
                state.problem = "\(error)"
                return true
            }
        }
        if isOver { watch.withLock { $0.end }?() }
    }
}
