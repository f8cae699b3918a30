import Foundation
import TestSupport

/// The real program in a real terminal: a private tmux server with one pane. Ends the server when it is let go.
final class Tmux {
    struct Timeout: Error, CustomStringConvertible {
        let waitingFor: String
        let screen: [String]

        var description: String {
            "waited too long for \(waitingFor); the screen was:\n" + screen.joined(separator: "\n")
        }
    }

    /// When keys were sent last.
    private var sent = Date.distantPast
    private let socket = "loradeck-\(UUID().uuidString.prefix(8))"

    /// Starts `command` under a shell, so that what the terminal looks like afterwards can be seen too.
    init(width: Int, height: Int, environment: [String: String] = [:]) throws {
        var arguments = ["-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)"]
        for (key, value) in environment.sorted(by: { $0.key < $1.key }) { arguments += ["-e", "\(key)=\(value)"] }
        try tmux(arguments + [Self.shell])
        try waitUntil("the shell's prompt") { $0.contains { $0.hasPrefix("ready>") } }
    }

    private static let shell = "env PS1='ready> ' ENV= sh"

    /// Puts a fresh shell on a fresh terminal into the pane, whatever the old one left behind.
    func startAnew() throws {
        try tmux(["respawn-pane", "-k", Self.shell])
        try waitUntil("the shell's prompt") { $0.first?.hasPrefix("ready>") ?? false }
    }

    deinit { _ = try? tmux(["kill-server"]) }

    /// Presses keys by their tmux names (`Enter`, `Escape`, `C-z`, `Space`, `x`), each by itself.
    func press(_ keys: String...) throws { for key in keys { try send([key]) } }

    /// Types text as it is, all at once.
    func type(_ text: String) throws { try send(["-l", text]) }

    /// As far apart as the fastest fingers press keys: what comes faster is a paste to the program.
    private static let pace = 0.06

    private func send(_ keys: [String]) throws {
        let early = sent.timeIntervalSinceNow + Self.pace
        if early > 0 { usleep(UInt32(early * 1e6)) }
        try tmux(["send-keys"] + keys)
        sent = Date()
    }

    /// Runs a shell line.
    func run(_ line: String) throws {
        try type(line)
        try press("Enter")
    }

    func resize(width: Int, height: Int) throws {
        try tmux(["resize-window", "-x", "\(width)", "-y", "\(height)"])
    }

    /// What the pane shows, row by row.
    func screen() throws -> [String] {
        try tmux(["capture-pane", "-p"]).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
            String.init)
    }

    /// A tmux format such as `#{alternate_on}`.
    func value(_ format: String) throws -> String {
        try tmux(["display-message", "-p", format]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Ends the server, which hangs the terminal up.
    func hangUp() throws { try tmux(["kill-server"]) }

    /// Looks at the screen again and again until it satisfies a condition.
    @discardableResult
    func waitUntil(
        _ what: String, seconds: Double = 60, _ condition: ([String]) throws -> Bool
    ) throws -> [String] {
        let deadline = Date().addingTimeInterval(seconds)
        while true {
            let screen = try screen()
            if try condition(screen) { return screen }
            guard Date() < deadline else { throw Timeout(waitingFor: what, screen: screen) }
            usleep(40_000)
        }
    }

    /// Waits until some row contains a text.
    @discardableResult
    func waitFor(_ text: String, seconds: Double = 60) throws -> [String] {
        try waitUntil("“\(text)”", seconds: seconds) { $0.contains { $0.contains(text) } }
    }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> String {
        let result = try Command.run(
            "tmux", ["-L", socket] + arguments, environment: ["TERM": "xterm-256color", "TMUX": ""])
        guard result.status == 0 else { throw Command.Failure(result: result, arguments: arguments) }
        return result.output
    }
}
