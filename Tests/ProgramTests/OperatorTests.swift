import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// What an operator does by hand, on the real program.
    @Suite(.serialized) struct OperatorTests {
        @Test func loadsThenEvictsOnlyWhenConfirmed() throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            try pane.select("pirate-games")
            try pane.tmux.press("l")
            try pane.waitForRow("pirate-games") { $0.contains("resident") }

            try pane.tmux.press("e")
            try pane.tmux.waitFor("[ Cancel ]")
            try pane.tmux.press("Enter")
            try pane.tmux.waitUntil("the dialog to close") { !$0.contains { $0.contains("[ Cancel ]") } }
            try pane.waitForRow("pirate-games") { $0.contains("resident") }

            try pane.tmux.press("e")
            try pane.tmux.waitFor("[ Cancel ]")
            // The opener does not confirm.
            try pane.tmux.press("e")
            try pane.tmux.waitFor("[ Cancel ]")
            try pane.tmux.press("y")
            try pane.waitForRow("pirate-games") { $0.contains("registered") }
            try pane.tmux.press("8")
            try pane.tmux.waitUntil("the eviction among the events") { screen in
                screen.contains { $0.contains("evict") && $0.contains("console") && $0.contains("pirate-games") }
            }
        }

        @Test func pinnedAdapterIsNotEvicted() throws {
            let pane = try ConsolePane(width: 120, height: 40)
            try pane.waitForOverview()
            try pane.select("haiku-hotel")
            try pane.tmux.press("l")
            try pane.waitForRow("haiku-hotel") { $0.contains("resident") }
            try pane.tmux.press("p")
            try pane.waitForRow("haiku-hotel") { $0.contains(" pin ") }
            try pane.tmux.press("e")
            try pane.tmux.waitFor("pinned: unpin first")
            // Nor from the command line.
            try pane.tmux.press(":")
            try pane.tmux.type("evict haiku-hotel")
            try pane.tmux.press("Enter")
            try pane.tmux.waitUntil("the refusal") { screen in
                !screen.contains { $0.contains("[ Cancel ]") } && screen.contains { $0.contains("pinned: unpin first") }
            }
            try pane.tmux.press("2")
            try pane.waitForRow("haiku-hotel") { $0.contains("resident") && $0.contains(" pin ") }
        }

        @Test func settingsAndThemesAreReadAgain() throws {
            let pane = try ConsolePane(width: 120, height: 40, arguments: ["run", "--memory", "64M", "--refresh", "6"])
            try pane.waitForOverview()
            let folder = pane.state.appendingPathComponent("loradeck")
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("themes"), withIntermediateDirectories: true)
            func write(_ settings: String) throws {
                try Data(settings.utf8).write(to: folder.appendingPathComponent("config.toml"))
                try pane.tmux.press(":")
                try pane.tmux.type("reload")
                try pane.tmux.press("Enter")
            }
            try Data("inherits = \"nord\"\n".utf8).write(to: folder.appendingPathComponent("themes/mine.toml"))
            try write("label = \"STAGING\"\nborders = \"rounded\"\ntheme = \"mine\"\n")
            try pane.tmux.waitUntil("label and borders") { screen in
                screen.first?.hasSuffix("STAGING") == true && screen.contains { $0.contains("╭─ adapters") }
            }
            // What is wrong is said with its line, and changes nothing.
            try write("label = \"PRODUCTION\"\nborder = \"rounded\"\n")
            try pane.tmux.waitFor("config.toml:2: unknown key 'border'")
            #expect(try pane.tmux.screen().first?.hasSuffix("STAGING") == true)
        }

        @Test func pinsHoldAcrossRestarts() throws {
            let pane = try ConsolePane(width: 120, height: 40)
            try pane.waitForOverview()
            try pane.select("kids-garden")
            try pane.tmux.press("l")
            try pane.waitForRow("kids-garden") { $0.contains("resident") }
            try pane.tmux.press("p")
            try pane.waitForRow("kids-garden") { $0.contains(" pin ") }
            // What the shell says then wraps wherever the console left the cursor.
            let process = try pane.process()
            kill(process, SIGKILL)
            try pane.tmux.waitUntil("the end of the program") { _ in ConsolePane.hasEnded(process) }
            try pane.tmux.startAnew()
            try pane.tmux.run(
                "\(Command.program.path) run --memory 64M --adapters \(Fixture.demoAdapters.path) --model \(Fixture.model.path)"
            )
            try pane.waitForOverview()
            try pane.tmux.press("2")
            try pane.waitForRow("kids-garden") { $0.contains(" pin ") && $0.contains("resident") }
        }

        @Test func filterShowsWhatMatches() throws {
            let pane = try ConsolePane()
            try pane.waitForOverview()
            try pane.select("sql-helper")
            let screen = try pane.tmux.waitFor("sql-helper")
            #expect(!screen.contains { $0.contains("boutique-fr ") })
            try pane.tmux.press("Escape")
            try pane.tmux.waitFor("boutique-fr")
        }

        @Test func testPromptStreamsAnAnswer() throws {
            let pane = try ConsolePane(width: 120, height: 40)
            try pane.waitForOverview()
            try pane.select("pirate-games")
            try pane.tmux.press("t")
            try pane.tmux.waitFor("[prompt]")
            try pane.tmux.type("Where is my parcel?")
            try pane.tmux.press("Enter")
            try pane.tmux.waitUntil("a pirate's whole answer") { screen in
                screen.contains { $0.contains("done") && $0.contains("ttft") }
                    && screen.contains { $0.contains("sailor") }
            }
        }

        @Test func comparesMarkedAdaptersAndTheBaseSideBySide() throws {
            let pane = try ConsolePane(width: 200, height: 60)
            try pane.waitForOverview()
            for name in ["pirate-games", "ticket-json", "haiku-hotel"] {
                try pane.select(name)
                try pane.tmux.press("Space")
            }
            try pane.tmux.press("c")
            try pane.tmux.waitFor("[prompt]")
            try pane.tmux.type("Where is my parcel?")
            try pane.tmux.press("Enter")
            try pane.tmux.waitUntil("four answers, side by side") { screen in
                let heads = screen.first {
                    $0.contains("base") && $0.contains("pirate-games") && $0.contains("haiku-hotel")
                }
                return heads != nil && screen.contains { $0.contains("sailor") }
                    && screen.contains { $0.contains("{\"") }
            }
        }
    }
}
