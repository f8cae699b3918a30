import Dispatch
import Synchronization

/// The bridge from the program's main thread, which no executor uses, to asynchronous work.
enum Blocking {
    /// Runs `body` to its end while the calling thread waits. Never to be called from a task.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let run = Run(body)
        run.done.wait()
        return try run.result.value.get()
    }

    /// As `run`, but cancels `body` when SIGINT or SIGTERM comes, waits for its end, and then fails.
    static func run<Value: Sendable>(
        unless interruption: borrowing Interruption, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let run = Run(body)
        while run.done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if interruption.hasHappened { run.task.cancel() }
        }
        if interruption.hasHappened { throw Failure("interrupted") }
        return try run.result.value.get()
    }

    /// As `run`, but calls `end` when SIGINT or SIGTERM comes, upon which `body` is to end soon, and cancels `body` when a
    /// second one comes. Returns what `body` does.
    static func run<Value: Sendable>(
        until interruption: borrowing Interruption, end: () -> Void,
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let run = Run(body)
        var isEnding = false
        while run.done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if interruption.hasHappened, !isEnding {
                isEnding = true
                end()
            }
            if interruption.count > 1 { run.task.cancel() }
        }
        return try run.result.value.get()
    }

    /// Asynchronous work that a thread waits for.
    private struct Run<Value: Sendable> {
        let done: DispatchSemaphore
        let result: Box<Value>
        let task: Task<Void, Never>

        init(_ body: @escaping @Sendable () async throws -> Value) {
            let (done, result) = (DispatchSemaphore(value: 0), Box<Value>())
            self.done = done
            self.result = result
            task = Task {
                do {
                    result.set(.success(try await body()))
                } catch {
                    result.set(.failure(error))
                }
                done.signal()
            }
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        private let content = Mutex<Result<Value, any Error>>(.failure(CancellationError()))

        func set(_ result: Result<Value, any Error>) { content.withLock { $0 = result } }
        var value: Result<Value, any Error> { content.withLock { $0 } }
    }
}
