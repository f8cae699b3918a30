import Dispatch
import Synchronization

/// The bridge from the program's main thread, which no executor uses, to asynchronous work.
enum Blocking {
    /// Runs `body` to its end while the calling thread waits. Never to be called from a task.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let result = Box<Value>()
        Task {
            do {
                result.set(.success(try await body()))
            } catch {
                result.set(.failure(error))
            }
            done.signal()
        }
        done.wait()
        return try result.value.get()
    }

    /// As `run`, but cancels `body` when SIGINT or SIGTERM comes, waits for its end, and then fails.
    static func run<Value: Sendable>(
        unless interruption: borrowing Interruption, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let result = Box<Value>()
        let task = Task {
            do {
                result.set(.success(try await body()))
            } catch {
                result.set(.failure(error))
            }
            done.signal()
        }
        while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if interruption.hasHappened { task.cancel() }
        }
        if interruption.hasHappened { throw Failure("interrupted") }
        return try result.value.get()
    }

    private final class Box<Value: Sendable>: Sendable {
        private let content = Mutex<Result<Value, any Error>>(.failure(CancellationError()))

        func set(_ result: Result<Value, any Error>) { content.withLock { $0 = result } }
        var value: Result<Value, any Error> { content.withLock { $0 } }
    }
}
