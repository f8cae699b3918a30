import Foundation

/// Runs a program to its end.
public enum Command {
    public struct Result: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
    }

    public struct Failure: Error, CustomStringConvertible {
        public let result: Result
        public let arguments: [String]

        public init(result: Result, arguments: [String]) {
            self.result = result
            self.arguments = arguments
        }

        public var description: String {
            "\(arguments.joined(separator: " ")) ended with \(result.status): \(result.errors)\(result.output)"
        }
    }

    /// The program under test, beside the test bundle.
    public static let program: URL = {
        if let path = ProcessInfo.processInfo.environment["LORADECK_TEST_PROGRAM"] { return URL(fileURLWithPath: path) }
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("loradeck")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return Fixture.root.appendingPathComponent(".build/release/loradeck")
    }()

    /// Runs `name` (found on PATH, or a path) with the environment extended; empty values remove a variable.
    ///
    /// By posix_spawn and waitpid: Foundation's `Process` waits for every descendant that inherited its socket, and a
    /// tmux server is one that stays. Output goes to files, so that neither side can block on a full pipe.
    public static func run(
        _ name: String, _ arguments: [String], environment extra: [String: String] = [:], input: String? = nil
    ) throws -> Result {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        try Data((input ?? "").utf8).write(to: files[0])

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files[0].path, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files[1].path, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files[2].path, O_WRONLY | O_CREAT, 0o600)

        // Tests run on threads that block most signals; a child must not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var environment = ProcessInfo.processInfo.environment
        for (key, value) in extra { environment[key] = value.isEmpty ? nil : value }
        var process: pid_t = 0
        let failure = withStrings([name] + arguments) { arguments in
            withStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawnp(&process, name, &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EINVAL) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { break } }
        let signal = status & 0x7f
        return Result(
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
            output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }

    /// Calls `body` with the strings as C wants them: a null-terminated array.
    private static func withStrings<Value>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        let copies = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Runs the program under test with fresh state, and the shared model cache.
    public static func loradeck(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> Result {
        let state = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: state) }
        var full = ["XDG_STATE_HOME": state.path]
        full.merge(environment) { $1 }
        return try run(program.path, arguments, environment: full, input: input)
    }
}
