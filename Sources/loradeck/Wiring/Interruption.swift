import Foundation
import Synchronization

/// Takes SIGINT and SIGTERM while it lives, instead of letting them end the process. One at a time.
///
/// A plain handler, not a dispatch source: sources made one after the other for the same signal race with the disposal of
/// the one before and can lose it.
struct Interruption: ~Copyable {
    private static let signals = [SIGINT, SIGTERM]

    init() {
        received.store(0, ordering: .relaxed)
        // Whoever started us may have blocked them, as threads of a dispatch pool do, and a mask is inherited.
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in Self.signals { sigaddset(&mask, number) }
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        for number in Self.signals { signal(number) { _ in received.wrappingAdd(1, ordering: .relaxed) } }
    }

    /// How many came.
    var count: Int { received.load(ordering: .relaxed) }
    var hasHappened: Bool { count > 0 }

    deinit { for number in Self.signals { signal(number, SIG_DFL) } }
}

/// What a signal handler can reach: a global, and nothing but an atomic addition.
private let received = Atomic(0)
