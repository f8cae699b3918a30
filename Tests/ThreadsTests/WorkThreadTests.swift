import Foundation
import Synchronization
import Testing

@testable import Threads

@Suite("Threads") struct WorkThreadTests {
    @Test func oneRunsItsWorkUnderItsNameWithoutSignals() async throws {
        let (name, blocked, takesFaults): (String, Bool, Bool) = try await withCheckedThrowingContinuation {
            continuation in
            do {
                try WorkThread.start("a-name-of-more-than-fifteen") {
                    var mask = sigset_t()
                    pthread_sigmask(SIG_SETMASK, nil, &mask)
                    let name = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
                    continuation.resume(
                        returning: (
                            name.trimmingCharacters(in: .newlines), sigismember(&mask, SIGTERM) == 1,
                            [SIGBUS, SIGSEGV, SIGILL].allSatisfy { sigismember(&mask, $0) == 0 }
                        ))
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        #expect(name == "a-name-of-more-" && blocked)
        // A blocked fault would end the process before any handler sees it.
        #expect(takesFaults)
        // The caller's own mask is as it was.
        var mask = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &mask)
        #expect(sigismember(&mask, SIGSEGV) == 0)
    }

    @Test func aRefusedOneIsAnErrorInWords() throws {
        // No machine has so much room for a stack.
        #expect(throws: ThreadRefusal.self) { try WorkThread.start("never", stackBytes: 1 << 50) {} }
        let refusal = ThreadRefusal(code: EAGAIN)
        #expect(refusal.description.contains("refuses another thread") && refusal.description.contains("ulimit -u"))
    }

    @Test func aRefusedOneLeavesNothingBehind() throws {
        final class Token: Sendable {}
        weak var kept: Token?
        do {
            let token = Token()
            kept = token
            try? WorkThread.start("never", stackBytes: 1 << 50) { withExtendedLifetime(token) {} }
        }
        #expect(kept == nil)
    }

    @Test func manyAtOnceAreChecked() throws {
        for _ in 0..<20 { try WorkThread.check(8) }
        #expect(throws: Never.self) { try WorkThread.check(0) }
    }
}
