import Foundation
import TestSupport

/// A running `loradeck serve` on a port of its own, with a state of its own.
final class ServedProgram {
    /// It ended instead of saying where it listens.
    struct Silence: Error {
        let line: String
    }

    let url: String
    let state: URL
    private let process: Process

    /// Returns when it listens.
    init(_ arguments: [String] = [], state: URL? = nil) throws {
        self.state = try state ?? Fixture.temporaryFolder()
        process = Process()
        process.executableURL = Command.program
        process.arguments = ["serve", "--listen", "0", "--model", Fixture.model.path] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_STATE_HOME"] = self.state.path
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        try process.run()
        var line = ""
        while !line.hasSuffix("\n"), let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            line += String(decoding: byte, as: UTF8.self)
        }
        guard let start = line.range(of: "http://") else {
            process.terminate()
            throw Silence(line: line)
        }
        url = line[start.lowerBound...].trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Ends it as an operator does; returns its exit code.
    func stop() -> Int32 {
        process.interrupt()
        process.waitUntilExit()
        return process.terminationStatus
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: state)
    }
}
