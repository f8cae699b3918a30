import Foundation
import Synchronization

/// The system's Python, which brings the two things that fetching needs: a package client and an unpacker.
struct Python: Sendable {
    struct Ending: Sendable {
        let status: Int32
        /// The last lines of its standard error.
        let complaint: String
    }

    /// Fails with the package to install when Python or pip is missing.
    static func find() throws -> Python {
        let python = Python()
        guard try python.run(["-c", "import zipfile"]).status == 0 else {
            throw Failure(
                "fetching needs python3, which is not here. Install it: apt-get install python3 python3-pip")
        }
        guard try python.run(["-m", "pip", "--version"]).status == 0 else {
            throw Failure(
                "fetching needs pip, which python3 does not have here. Install it: apt-get install python3-pip")
        }
        return python
    }

    /// Runs `python3` to its end, calling `whileRunning` ten times a second. Its output is dropped. SIGINT and SIGTERM end it
    /// and are thrown, so that the caller can clean up.
    func run(
        _ arguments: [String], temporary: URL? = nil, whileRunning: () -> Void = {}
    ) throws -> Ending {
        let process = Process()
        // `env` finds python3 on PATH, and answers 127 when there is none.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        var environment = ProcessInfo.processInfo.environment
        if let temporary { environment["TMPDIR"] = temporary.path }
        process.environment = environment
        let complaints = FileManager.default.temporaryDirectory.appendingPathComponent("loradeck-\(UUID().uuidString)")
        guard FileManager.default.createFile(atPath: complaints.path, contents: nil) else {
            throw Failure(
                "cannot write to the temporary folder \(complaints.deletingLastPathComponent().path); set TMPDIR")
        }
        defer { try? FileManager.default.removeItem(at: complaints) }
        let errors = try FileHandle(forWritingTo: complaints)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        // The child is in a process group of its own, so that Ctrl-C does not reach it.
        try process.run()
        // After the start: a child inherits signals that are ignored, and could not be terminated.
        let interruption = Interruption()
        while process.isRunning {
            // What it leaves lies in the scratch folder; SIGTERM may be blocked in it, as it was in whoever started us.
            if interruption.hasHappened { kill(process.processIdentifier, SIGKILL) }
            whileRunning()
            usleep(100_000)
        }
        process.waitUntilExit()
        if interruption.hasHappened { throw Failure("interrupted") }
        try errors.close()
        let text = String(decoding: try Data(contentsOf: complaints), as: UTF8.self)
        let lines = text.split(separator: "\n").suffix(3).joined(separator: "\n")
        return Ending(status: process.terminationStatus, complaint: lines)
    }
}
