import Foundation
import TestSupport

/// A running `loradeck serve` on an address of its own, with a state of its own.
final class ServedProgram {
    /// It ended instead of saying where it listens.
    struct Silence: Error {
        let line: String
    }

    let url: String
    let state: URL
    private let process: Process

    /// Returns when it listens: on a port that is free, unless told where.
    init(
        _ arguments: [String] = [], listen: String = "0", state: URL? = nil, model: URL = Fixture.model
    ) throws {
        self.state = try state ?? Fixture.temporaryFolder()
        process = Process()
        process.executableURL = Command.program
        process.arguments = ["serve", "--listen", listen, "--model", model.path] + arguments
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
        // The address is the line's last word.
        guard let address = line.split(whereSeparator: \.isWhitespace).last, address.contains(":") else {
            process.terminate()
            throw Silence(line: line)
        }
        url = String(address)
    }

    var processID: Int32 { process.processIdentifier }

    /// Ends it as nobody should.
    func kill() {
        Foundation.kill(processID, SIGKILL)
        process.waitUntilExit()
    }

    /// Ends it as an operator does; returns its exit code, or nil when it had to be killed.
    func stop(seconds: Double = 60) -> Int32? {
        process.interrupt()
        return end(seconds: seconds)
    }

    /// Waits until it has ended; returns its exit code, or nil when it had to be killed.
    func end(seconds: Double = 60) -> Int32? {
        let deadline = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < deadline { usleep(20_000) }
        guard process.isRunning else { return process.terminationStatus }
        Foundation.kill(process.processIdentifier, SIGKILL)
        return nil
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: state)
    }
}
