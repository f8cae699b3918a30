import Dispatch
import Synchronization
import Threads

/// The bridge from the program's main thread, which no executor uses, to asynchronous work.
enum Blocking {
    /// Runs `body` to its end while the calling thread waits. Never to be called from a task.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let work = try BlockedWork(body)
        try work.waitForBegin()
        while !work.hasEnded(within: 3600) {}
        return try work.result.get()
    }

    /// As `run`, but cancels `body` when SIGINT or SIGTERM comes, waits for its end, and then fails.
    static func run<Value: Sendable>(
        unless interruption: borrowing Interruption, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let work = try BlockedWork(body)
        try work.waitForBegin()
        while !work.hasEnded(within: 0.1) {
            if interruption.hasHappened { work.cancel() }
        }
        if interruption.hasHappened { throw Failure("interrupted") }
        return try work.result.get()
    }

    /// As `run`, but calls `end` when SIGINT or SIGTERM comes, upon which `body` is to end soon, and cancels `body` when a
    /// second one comes. Returns what `body` does.
    static func run<Value: Sendable>(
        until interruption: borrowing Interruption, end: () -> Void,
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let work = try BlockedWork(body)
        try work.waitForBegin()
        var isEnding = false
        while !work.hasEnded(within: 0.1) {
            if interruption.hasHappened, !isEnding {
                isEnding = true
                end()
            }
            if interruption.count > 1 { work.cancel() }
        }
        return try work.result.get()
    }

    /// As `run`, but asks `isOver` again and again, which takes a moment itself: when it says why, cancels `body` and fails at
    /// once, whatever `body` still does.
    static func run<Value: Sendable>(
        until isOver: () -> String?, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let work = try BlockedWork(body)
        try work.waitForBegin()
        while !work.hasEnded(within: 0) {
            guard let reason = isOver() else { continue }
            work.cancel()
            throw Failure(reason)
        }
        return try work.result.get()
    }
}

/// Asynchronous work that a thread waits for.
private final class BlockedWork<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error> = .failure(CancellationError())
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())
    private let begun = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    /// Throws when the system refuses Swift's pool a thread: it would be asked again for ever, in silence.
    init(_ body: @escaping @Sendable () async throws -> Value) throws {
        try Self.checkThreads()
        let task = Task { [self] in
            begun.signal()
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            state.withLock { $0.result = result }
            done.signal()
        }
        state.withLock { $0.task = task }
    }

    /// Waits until the work runs. Throws when no thread is to be had for it after all.
    func waitForBegin() throws {
        while begun.wait(timeout: .now() + 0.5) == .timedOut { try Self.checkThreads() }
    }

    private static func checkThreads() throws {
        do throws(ThreadRefusal) { try WorkThread.check(1) } catch { throw Failure(error.description) }
    }

    func hasEnded(within seconds: Double) -> Bool { done.wait(timeout: .now() + seconds) == .success }
    func cancel() { state.withLock { $0.task }?.cancel() }
    var result: Result<Value, any Error> { state.withLock { $0.result } }
}
