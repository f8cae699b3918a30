import DeckCore
import DeckWire
import Foundation
import HTTPClient
import Synchronization

/// Prompts on their way to another loradeck, which batches them together: one call for all of them.
struct DeckPrompts: Sendable {
    let connection: DeckConnection
    let requests: [PromptRequest]

    /// One stream for each. The call ends when all are dropped.
    func streams() -> [AsyncStream<PromptUpdate>] {
        let pairs = requests.map { _ in AsyncStream<PromptUpdate>.makeStream() }
        let outlets = Outlets(pairs.map(\.continuation))
        let task = Task { await run(outlets) }
        for (place, pair) in pairs.enumerated() {
            pair.continuation.onTermination = { _ in
                if outlets.close(place) { task.cancel() }
            }
        }
        return pairs.map(\.stream)
    }

    private func run(_ outlets: Outlets) async {
        let problem: (FailureKind, String)
        do {
            let body = try DeckConnection.body(PromptOrder(requests: requests))
            let exchange = HTTPExchange(
                connection.line.address, method: "POST", path: DeckConnection.promptPath, body: body,
                key: connection.line.key, limits: .answer)
            let status = try await exchange.run { status, piece in outlets.take(status: status, piece) }
            problem =
                status == 200
                ? (.internal, "the answer broke off")
                : (.unavailable, outlets.complaint ?? "the deck answers \(status)")
        } catch {
            problem = (.unavailable, "\(error)")
        }
        outlets.endAll(problem.0, problem.1)
    }
}

/// Where the updates of several prompts go.
private final class Outlets: Sendable {
    private struct State {
        var lines = FrameLines()
        var refusal: [UInt8] = []
        var open: [AsyncStream<PromptUpdate>.Continuation?]
    }

    private let state: Mutex<State>

    init(_ outlets: [AsyncStream<PromptUpdate>.Continuation]) { state = Mutex(State(open: outlets)) }

    var complaint: String? {
        state.withLock { $0.refusal.isEmpty ? nil : ServerComplaint.text(Data($0.refusal)) }
    }

    /// Whether that was the last one that was open.
    func close(_ place: Int) -> Bool {
        state.withLock { state in
            state.open[place] = nil
            return state.open.allSatisfy { $0 == nil }
        }
    }

    func take(status: Int, _ piece: [UInt8]) {
        var due: [(AsyncStream<PromptUpdate>.Continuation, PromptUpdate)] = []
        let problem: String? = state.withLock { state in
            guard status == 200 else {
                state.refusal += piece.prefix(max(0, 4096 - state.refusal.count))
                return nil
            }
            do {
                for line in try state.lines.feed(piece) {
                    let frame: PromptFrame = try EngineAnswer.value(line, of: DeckConnection.promptPath)
                    if state.open.indices.contains(frame.prompt), let outlet = state.open[frame.prompt] {
                        due.append((outlet, frame.update))
                    }
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
        // Outside the lock: a stream's end takes it.
        for (outlet, update) in due {
            outlet.yield(update)
            switch update {
            case .finished, .failed: outlet.finish()
            case .started, .promptAlternatives, .token: break
            }
        }
        if let problem { endAll(.internal, problem) }
    }

    func endAll(_ kind: FailureKind, _ reason: String) {
        let outlets = state.withLock { $0.open.compactMap(\.self) }
        for outlet in outlets {
            outlet.yield(.failed(kind, reason))
            outlet.finish()
        }
    }
}
