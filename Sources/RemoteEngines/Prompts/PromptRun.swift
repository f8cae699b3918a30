import DeckCore
import Foundation
import HTTPClient
import Synchronization

/// One prompt on its way through an engine elsewhere, timed here.
struct PromptRun: Sendable {
    private let request: PromptRequest
    private let replica: Replica
    private let client: any EngineClient
    private let ledger: PromptLedger

    init(_ request: PromptRequest, on replica: Replica, client: any EngineClient, ledger: PromptLedger) {
        self.request = request
        self.replica = replica
        self.client = client
        self.ledger = ledger
    }

    /// The answer as it comes. Dropping the stream, and aborting the request, close the connection, which is how these
    /// servers are told that nobody waits any more.
    func stream() -> AsyncStream<PromptUpdate> {
        AsyncStream { continuation in
            let id = ledger.begin(request, on: replica.name)
            let task = Task {
                await run(id) { continuation.yield($0) }
                continuation.finish()
            }
            ledger.setCancel(id) { task.cancel() }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func run(_ id: RequestID, _ give: @escaping @Sendable (PromptUpdate) -> Void) async {
        let prepared: PromptCall
        do {
            prepared = try await client.call(for: request)
        } catch {
            ledger.end(id, .failed(reason: "\(error)"), seconds: 0)
            return give(.failed(.invalid, "\(error)"))
        }
        let exchange = HTTPExchange(
            replica.address, method: "POST", path: prepared.path, body: prepared.body, key: replica.key, limits: .answer
        )
        let start = SteadyClock.now
        let reader = SharedReader(AnswerReader(id: id, call: prepared))
        let last: PromptUpdate
        do {
            let status = try await exchange.run { [ledger] status, piece in
                let updates = reader.take(piece, status: status, seconds: SteadyClock.now - start)
                ledger.progress(id, reader.reader)
                updates.forEach(give)
            }
            last = reader.end(status: status, seconds: SteadyClock.now - start)
        } catch is CancellationError {
            last = reader.aborted(seconds: SteadyClock.now - start)
        } catch {
            last = .failed(.unavailable, "\(error)")
        }
        switch last {
        case .finished(let reason, _, _, _): ledger.end(id, .finished(reason), seconds: SteadyClock.now - start)
        case .failed:
            ledger.end(id, .failed(reason: last.failure ?? ""), seconds: SteadyClock.now - start)
        case .started, .promptAlternatives, .token: break
        }
        give(last)
    }
}

/// An answer's reader, shared by the task that waits and the thread that reads.
private final class SharedReader: Sendable {
    private let content: Mutex<AnswerReader>

    init(_ reader: AnswerReader) { content = Mutex(reader) }

    var reader: AnswerReader { content.withLock { $0 } }

    func take(_ piece: [UInt8], status: Int, seconds: Double) -> [PromptUpdate] {
        content.withLock { $0.take(piece, status: status, seconds: seconds) }
    }

    func end(status: Int, seconds: Double) -> PromptUpdate {
        content.withLock { $0.end(status: status, seconds: seconds) }
    }

    func aborted(seconds: Double) -> PromptUpdate {
        content.withLock { reader in
            .finished(
                .aborted, text: "", promptLogprobs: [],
                timeline: RequestTimeline(firstToken: reader.firstToken, finished: seconds))
        }
    }
}
