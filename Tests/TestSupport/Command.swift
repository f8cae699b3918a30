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
    public static func run(
        _ name: String, _ arguments: [String], environment extra: [String: String] = [:], input: String? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        var environment = ProcessInfo.processInfo.environment
        for (key, value) in extra { environment[key] = value.isEmpty ? nil : value }
        process.environment = environment
        // Files, not pipes: neither side can block on a full one.
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outputFile = folder.appendingPathComponent("out")
        let errorFile = folder.appendingPathComponent("err")
        let inputFile = folder.appendingPathComponent("in")
        try Data((input ?? "").utf8).write(to: inputFile)
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
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
