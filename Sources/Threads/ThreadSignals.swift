import Glibc

/// Which signals threads of ours take.
public enum ThreadSignals {
    /// What a thread's own instruction brings about. Where it is blocked the kernel ends the process before any handler sees
    /// it: the terminal stays as it was, and a file that was cut short under its mapping ends everything.
    private static let faults = [SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS]

    /// Calls `body`; threads that it makes inherit that they take no signals but faults: the others belong to the console's
    /// own thread.
    public static func withFaultsOnly<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var blocked = sigset_t()
        var before = sigset_t()
        sigfillset(&blocked)
        for fault in faults { sigdelset(&blocked, fault) }
        pthread_sigmask(SIG_SETMASK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }
}
