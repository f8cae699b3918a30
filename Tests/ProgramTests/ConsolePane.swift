import Foundation
import TestSupport

/// The console of the real program in a tmux pane, on the demo model with the demo adapters and without traffic, or on
/// what `attach` names.
struct ConsolePane {
    let tmux: Tmux
    let state: URL

    /// `environment` is the pane's; `prefix` goes before the program's name on the shell line.
    init(
        width: Int = 80, height: Int = 24, arguments: [String] = ["run", "--memory", "64M"],
        environment: [String: String] = [:], prefix: String = ""
    ) throws {
        state = try Fixture.temporaryFolder()
        var full = [
            "XDG_STATE_HOME": state.path, "XDG_CONFIG_HOME": state.path, "LC_ALL": "C.UTF-8",
            // The runtime's crash report would wait for a key.
            "SWIFT_BACKTRACE": "interactive=no,color=no",
        ]
        full.merge(environment) { $1 }
        tmux = try Tmux(width: width, height: height, environment: full)
        let words =
            arguments + (arguments.first == "run" ? ["--adapters", Fixture.demoAdapters.path] : [])
            + (arguments.first == "attach" ? [] : ["--model", Fixture.model.path])
        try tmux.run("\(prefix) \(Command.program.path) \(words.joined(separator: " ")); echo ended with $?")
    }

    /// Waits for the first screen with all adapters in its table, whichever of them is registered last.
    func waitForOverview() throws {
        try tmux.waitUntil("the overview") { screen in
            screen.contains { $0.contains("[overview]") } && screen.contains { $0.contains("adapters 8") }
        }
    }

    /// Shows the adapters screen with one adapter alone on it.
    func select(_ name: String) throws {
        try tmux.press("2")
        try tmux.waitFor("[adapters]")
        try tmux.press("/", "C-u")
        try tmux.type(name)
        try tmux.press("Enter")
        try waitForRow(name) { _ in true }
        try tmux.waitUntil("one adapter alone") { screen in
            !screen.contains { Self.isRow($0, of: name == "ticket-json" ? "pirate-games" : "ticket-json") }
        }
    }

    /// Waits until the table's row of an adapter satisfies a condition.
    func waitForRow(_ name: String, _ condition: (String) -> Bool) throws {
        try tmux.waitUntil("the row of \(name)") { screen in
            screen.contains { Self.isRow($0, of: name) && condition($0) }
        }
    }

    /// The program's own process.
    func process() throws -> Int32 {
        let shell = try tmux.value("#{pane_pid}")
        var found: Int32 = 0
        try tmux.waitUntil("the program's process") { _ in
            let children = try Command.run("pgrep", ["-P", shell, "loradeck"]).output
            found = Int32(children.split(separator: "\n").first ?? "") ?? 0
            return found > 0
        }
        return found
    }

    /// Whether a process has ended; one that nobody has waited for yet (a zombie) has.
    static func hasEnded(_ process: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
        return stat.split(separator: ")").last?.hasPrefix(" Z") ?? true
    }

    /// Whether the terminal is as a shell wants it: primary screen, cursor shown, lines echoed.
    func terminalIsRestored() throws -> Bool {
        guard try tmux.value("#{alternate_on} #{cursor_flag}") == "0 1" else { return false }
        try tmux.run("stty -a | tr ';' '\\n' | grep -w -o -e icanon -e -icanon -e echo -e -echo | xargs echo modes")
        let isAnswer = { (line: String) in line.contains("modes ") && !line.contains("xargs") }
        let screen = try tmux.waitUntil("the terminal's modes") { $0.contains(where: isAnswer) }
        return screen.contains { isAnswer($0) && $0.hasSuffix("modes icanon echo") }
    }

    private static func isRow(_ line: String, of name: String) -> Bool {
        line.drop { "│| >*".contains($0) }.hasPrefix(name + " ")
    }
}
