import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// The system gives neither threads nor memory: the program says so and ends.
    @Suite(.serialized) struct RefusedThreadTests {
        private static func run(_ line: String) throws -> Command.Result {
            let state = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: state) }
            // Whoever runs it writes there.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: state.path)
            return try Command.run(
                "timeout", ["-s", "KILL", "120", "bash", "-c", line],
                environment: ["XDG_STATE_HOME": state.path, "SWIFT_BACKTRACE": "enable=no"])
        }

        @Test(arguments: [300_000, 400_000, 500_000])
        func tooLittleAddressSpaceEndsWithASentence(_ kilobytes: Int) throws {
            let words = "generate hi --max-tokens 1 --memory 64M --model \(Fixture.model.path)"
            let result = try Self.run("ulimit -v \(kilobytes); exec \(Command.program.path) \(words)")
            #expect(result.status == 1, "\(result.status): \(result.errors)")
            // What is refused first, a thread or a mapping, is the machine's affair.
            let reasons = ["refuse", "Cannot allocate memory"]
            #expect(
                result.errors.hasPrefix("loradeck: ") && reasons.contains(where: result.errors.contains),
                "\(result.errors)")
        }

        /// The system's owner has no such limit, so somebody else runs the program: where it can be run by others.
        private static let stranger = getuid() == 0 ? ["setpriv", "--reuid=65533", "--clear-groups"] : []
        private static let canBeLimited: Bool = {
            // Through `env`: the first program still has its maker's rights.
            let words = stranger + ["env", Command.program.path, "--version"]
            return (try? Command.run(words[0], Array(words.dropFirst())))?.status == 0
        }()

        /// Whatever needs the first thread.
        @Test(.enabled(if: canBeLimited), arguments: ["attach http://127.0.0.1:1 --json", "attach --json"])
        func noThreadEndsWithASentence(_ words: String) throws {
            // As many as live already leave none.
            let result = try Self.run(
                "\(Self.stranger.joined(separator: " ")) env HOME=/nonexistent OPENBLAS_NUM_THREADS=1 prlimit --nproc=1 \(Command.program.path) \(words)"
            )
            #expect(result.status == 1, "\(result.status): \(result.errors)")
            #expect(result.errors.contains("refuses another thread"), "\(result.errors)")
        }
    }
}
