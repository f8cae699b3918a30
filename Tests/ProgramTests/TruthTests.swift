import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// The console tells the truth, on the real engine.
    @Suite(.serialized) struct TruthTests {
        private func order(_ line: String, in pane: ConsolePane) throws {
            try pane.tmux.press(":")
            try pane.tmux.type(line)
            try pane.tmux.press("Enter")
        }

        /// A typo must not evict half the pool.
        @Test func aSmallerPoolAsksAndNamesWhoLeaves() throws {
            let pane = try ConsolePane(arguments: ["run", "--memory", "16M"])
            try pane.waitForOverview()
            for name in ["pirate-games", "ticket-json", "haiku-hotel"] {
                try order("load \(name)", in: pane)
                try pane.tmux.waitFor("loaded \(name)")
            }
            try pane.tmux.press("2")
            try pane.tmux.waitFor("[adapters]")
            try order("resize 8M", in: pane)
            let asked = try pane.tmux.waitUntil("who leaves") { screen in
                screen.contains { $0.contains("resize pool") }
                    && screen.contains { $0.contains(" leave") && $0.contains("->") }
            }
            let words = asked.joined(separator: " ")
            #expect(words.contains("pages: "))
            #expect(["pirate-games", "ticket-json", "haiku-hotel"].contains { words.contains("\($0) ") })
            // Enter is on Cancel, and Esc too does nothing.
            try pane.tmux.press("Enter")
            try pane.tmux.waitFor("cancelled: nothing was done")
            for name in ["pirate-games", "ticket-json", "haiku-hotel"] {
                try pane.waitForRow(name) { $0.contains("resident") }
            }
            try order("resize 8M", in: pane)
            try pane.tmux.waitFor("[ Cancel ]")
            try pane.tmux.press("y")
            try pane.tmux.waitFor("resized the pool from")
            // Back to what it was takes nothing away.
            try order("resize 16M", in: pane)
            try pane.tmux.waitUntil("the pool's old size") { screen in
                screen.contains { $0.contains("resized the pool from 22") }
                    && !screen.contains { $0.contains("[ Cancel ]") }
            }
        }

        /// Whoever looks at the deck sees that a colleague paused it, on every screen, and nothing that waits is lost.
        @Test func aPauseIsSeenByEveryConsoleOnEveryScreen() throws {
            let folder = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let address = "unix:" + folder.appendingPathComponent("deck.sock").path
            let server = try ServedProgram(["--memory", "64M"], listen: address)
            let first = try ConsolePane(arguments: ["attach", address])
            let second = try ConsolePane(arguments: ["attach", address])
            try first.waitForOverview()
            try second.waitForOverview()
            try first.tmux.press("A")
            let asked = try first.tmux.waitFor("pause admission")
            #expect(
                asked.contains { $0.contains("new requests wait in the queue (limit ") && $0.contains("then 429)") })
            #expect(asked.contains { $0.contains("nothing is lost") })
            try first.tmux.press("y")
            for screen in ["6", "5", "2", "4", "3", "8", "9", "1"] {
                try second.tmux.press(screen)
                try second.tmux.waitUntil("the pause on screen \(screen)") { lines in
                    lines.contains { $0.contains("[") && $0.hasPrefix("loradeck") }
                        && lines.dropFirst().first?.contains("ADMISSION PAUSED") == true
                }
            }
            // A request waits, and is answered when admission is open again.
            try second.select("pirate-games")
            try second.tmux.press("t")
            try second.tmux.waitFor("[prompt]")
            try second.tmux.type("Where is my parcel?")
            try second.tmux.press("Enter")
            try second.tmux.waitUntil("a request that waits") { $0.dropFirst().first?.contains("wait 1") == true }
            try first.tmux.press("4")
            try first.tmux.waitFor("admission paused by")
            try first.tmux.press("A")
            try second.tmux.waitFor("Ahoy")
            try first.tmux.waitUntil("the end of the pause") { $0.dropFirst().first?.contains("PAUSED") == false }
            #expect(server.stop() == 0)
        }
    }
}
