import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// What a terminal does to the real program, and what the program leaves behind.
    @Suite(.serialized) struct TerminalTests {
        @Test(arguments: ["q", "Q", "C-c"])
        func quittingLeavesTheTerminalAsItWas(_ key: String) throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            try pane.tmux.press(key)
            try pane.tmux.waitFor("ended with 0")
            #expect(try pane.terminalIsRestored())
        }

        @Test func survivesResizeToAlmostNothing() throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            try pane.tmux.resize(width: 20, height: 5)
            try pane.tmux.waitUntil("the small-size notice") { screen in
                screen.count == 5 && screen.contains { $0.contains("20x5") }
            }
            try pane.tmux.resize(width: 1, height: 1)
            try pane.tmux.resize(width: 80, height: 24)
            try pane.waitForOverview()
            try pane.tmux.waitUntil("a whole frame") { $0.count == 24 && ($0.last?.contains("help") ?? false) }
        }

        @Test func suspendsAndResumes() throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            try pane.tmux.press("C-z")
            try pane.tmux.waitUntil("the shell") { screen in screen.contains { $0.contains("Stopped") } }
            #expect(try pane.tmux.value("#{alternate_on} #{cursor_flag}") == "0 1")
            try pane.tmux.run("fg")
            try pane.waitForOverview()
            try pane.tmux.press("Q")
            try pane.tmux.waitFor("ready>")
        }

        @Test func endsWhenTheTerminalHangsUp() throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            let process = try pane.process()
            try pane.tmux.hangUp()
            let deadline = Date().addingTimeInterval(2)
            while !ConsolePane.hasEnded(process), Date() < deadline { usleep(20_000) }
            #expect(ConsolePane.hasEnded(process))
        }

        @Test(arguments: [SIGSEGV, SIGILL, SIGABRT])
        func crashRestoresTheTerminal(_ signal: Int32) throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            kill(try pane.process(), signal)
            try pane.tmux.waitFor("ended with \(128 + signal)")
            #expect(try pane.terminalIsRestored())
        }

        @Test func terminationRestoresTheTerminal() throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            kill(try pane.process(), SIGTERM)
            try pane.tmux.waitFor("ended with")
            #expect(try pane.terminalIsRestored())
        }

        @Test func startsInATinyTerminal() throws {
            let pane = try ConsolePane(width: 10, height: 3)
            try pane.tmux.waitUntil("the notice") { $0.contains { $0.contains("10x3") } }
            try pane.tmux.press("Q")
            try pane.tmux.waitUntil("the shell") { $0.contains { $0.contains("with 0") || $0.contains("ready>") } }
        }

        @Test func drawsASCIIWithoutAUnicodeLocale() throws {
            let pane = try ConsolePane(arguments: ["run", "--memory", "64M", "--ascii"])
            try pane.waitForOverview()
            let screen = try pane.tmux.screen()
            #expect(screen.contains { $0.hasPrefix("+-") })
            #expect(screen.allSatisfy { $0.allSatisfy(\.isASCII) })
        }

        @Test(arguments: ["xterm-kitty", "xterm-ghostty", "foot", "vt100"])
        func startsOnTerminalsWithoutADatabaseEntry(_ term: String) throws {
            let pane = try ConsolePane(prefix: "TERM=\(term)")
            try pane.waitForOverview()
            try pane.tmux.press("Q")
            try pane.tmux.waitFor("ended with 0")
        }

        @Test func refusesADumbTerminal() throws {
            let pane = try ConsolePane(prefix: "TERM=dumb")
            let screen = try pane.tmux.waitFor("ended with")
            #expect(screen.contains { $0.contains("TERM") && $0.contains("dumb") })
            #expect(!screen.contains { $0.contains("ended with 0") })
            #expect(try pane.terminalIsRestored())
        }

        @Test func refusesWithoutATerminal() throws {
            let result = try Command.loradeck(["run", "--model", Fixture.model.path])
            #expect(result.status != 0)
            #expect(result.errors.contains("terminal"))
        }
    }
}
