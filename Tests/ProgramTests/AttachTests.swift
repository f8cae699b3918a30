import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// Consoles on another loradeck, over its socket.
    @Suite(.serialized) struct AttachTests {
        /// What the embedded console shows and does, from two other terminals at once.
        @Test func severalConsolesOnOneServer() throws {
            let folder = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let address = "unix:" + folder.appendingPathComponent("deck.sock").path
            let server = try ServedProgram(["--memory", "64M"], listen: address)
            #expect(server.url == address)
            let first = try ConsolePane(width: 120, height: 40, arguments: ["attach", address])
            let second = try ConsolePane(width: 120, height: 40, arguments: ["attach", address])
            try first.waitForOverview()
            try second.waitForOverview()

            try first.select("pirate-games")
            try first.tmux.press("l")
            try first.waitForRow("pirate-games") { $0.contains("resident") }
            // The other one sees whose pages they are.
            try second.tmux.press("3")
            try second.tmux.waitUntil("the adapter's pages") { screen in
                screen.contains { $0.contains("pirate-games") && $0.contains("pages") }
            }
            try first.tmux.press("p")
            try second.tmux.press("8")
            try second.tmux.waitUntil("the pin among the events") { screen in
                screen.contains { $0.contains("pin") && $0.contains("pirate-games") }
            }
            // A disabled action has the reason of the deck that would do it.
            try first.tmux.press("e")
            try first.tmux.waitFor("pinned: unpin first")

            // A console that is killed disturbs nobody.
            try first.tmux.press("t")
            try first.tmux.waitFor("[prompt]")
            try first.tmux.type("Where is my parcel?")
            try first.tmux.press("Enter")
            try first.tmux.waitFor("Ahoy")
            kill(try second.process(), SIGKILL)
            try first.tmux.waitFor("done")
            #expect(server.stop() == 0)
        }

        /// A server that goes is told from one that is idle, and its consoles find it when it is back.
        @Test func aServerThatRestartsIsFoundAgain() throws {
            let folder = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let address = "unix:" + folder.appendingPathComponent("deck.sock").path
            let server = try ServedProgram(["--memory", "64M"], listen: address)
            let pane = try ConsolePane(width: 120, height: 40, arguments: ["attach", address])
            try pane.waitForOverview()
            #expect(server.stop() == 0)
            try pane.tmux.waitFor("no news for")
            try pane.tmux.waitFor("replicas 0/1 up")
            try pane.select("pirate-games")
            try pane.tmux.press("l")
            try pane.tmux.waitFor("the deck does not answer")
            let again = try ServedProgram(["--memory", "64M"], listen: address)
            try pane.tmux.waitUntil("the deck's return") { screen in
                try pane.tmux.press("l")
                return screen.contains { $0.contains("pirate-games") && $0.contains("resident") }
            }
            #expect(again.stop() == 0)
        }

        /// The stream of a busy deck stays within what a slow line carries.
        @Test func theStreamIsThin() throws {
            let server = try ServedProgram(["--memory", "64M"])
            let script = Fixture.root.appendingPathComponent("Tests/stream_cost.py").path
            let result = try Command.run("python3", [script, server.url, "--seconds", "8", "--limit", "20000"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(server.stop() == 0)
        }
    }
}
