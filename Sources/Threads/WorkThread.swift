import CProcess
import Dispatch
import Glibc

/// A thread for work that waits or takes long, which the few threads of Swift's pool must not do. Who starts one hears when
/// the system refuses it: Foundation's own threads then never run, and say nothing.
public enum WorkThread {
    /// Runs `body` once and ends.
    ///
    /// - Parameters:
    ///   - stackBytes: nil is the system's own choice.
    ///   - niceness: added to the process's, on Linux, where the scheduler keeps it per thread.
    public static func start(
        _ name: String, stackBytes: Int? = nil, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadRefusal) {
        pthread_detach(try make(name, stackBytes: stackBytes, niceness: niceness, body))
    }

    /// Throws when the system would not let `count` more threads live at once.
    public static func check(_ count: Int) throws(ThreadRefusal) {
        let end = DispatchSemaphore(value: 0)
        var threads: [pthread_t] = []
        defer {
            for _ in threads { end.signal() }
            // What has only ended may still count against the limit.
            for thread in threads { pthread_join(thread, nil) }
        }
        for _ in 0..<count { threads.append(try make("check", stackBytes: nil, niceness: 0) { end.wait() }) }
    }

    private static func make(
        _ name: String, stackBytes: Int?, niceness: Int32, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadRefusal) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let stackBytes { pthread_attr_setstacksize(&attributes, stackBytes) }
        let start = Unmanaged.passRetained(Start(name: name, niceness: niceness, body: body))
        var thread = pthread_t()
        let code = ThreadSignals.withFaultsOnly {
            pthread_create(
                &thread, &attributes,
                { argument in
                    let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                    start.run()
                    return nil
                }, start.toOpaque())
        }
        guard code == 0 else {
            start.release()
            throw ThreadRefusal(code: code)
        }
        return thread
    }

    private final class Start {
        private let name: String
        private let niceness: Int32
        private let body: @Sendable () -> Void

        init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.niceness = niceness
            self.body = body
        }

        func run() {
            deck_name_thread(name)
            #if os(Linux)
            // 0 is the calling thread, not its process.
            let which = __priority_which_t(PRIO_PROCESS.rawValue)
            if niceness != 0 { setpriority(which, 0, getpriority(which, 0) + niceness) }
            #endif
            body()
        }
    }
}
