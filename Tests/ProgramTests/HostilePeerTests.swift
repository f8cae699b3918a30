import DeckCore
import DeckWire
import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// The real program on a peer that plays a loradeck and sends what none sends.
    @Suite(.serialized) struct HostilePeerTests {
        private func peer(_ stream: @escaping @Sendable ((String) -> Bool) -> Void) throws -> FakeServer {
            try FakeServer(stream: { path, send in
                if path == "/deck/v1/stream" {
                    guard send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n") else { return }
                    stream(send)
                } else {
                    let list = #"{"object":"list","data":[{"id":"smol","owned_by":"loradeck","parent":null}]}"#
                    _ = send("HTTP/1.1 200 OK\r\nContent-Length: \(list.utf8.count)\r\n\r\n\(list)")
                }
            })
        }

        private func frame(adapters: Int = 0) throws -> String {
            var encoder = DeckStreamEncoder()
            return String(decoding: try encoder.encode(FullSnapshot.make(adapters: adapters)), as: UTF8.self) + "\n"
        }

        private func wrong(_ frame: String) -> String {
            frame.replacingOccurrences(of: "\"pageBytes\":32768", with: "\"pageBytes\":4611686018427387904")
        }

        private let sentence = "engine sent pool.pageBytes 4611686018427387904: more than 2^36"

        @Test func aWrongNumberIsSaidAndTheConsoleGoesOn() throws {
            let good = try frame()
            let bad = wrong(good)
            let server = try peer { send in _ = send(good) && send(bad) }
            defer { server.stop() }
            let pane = try ConsolePane(width: 120, height: 40, arguments: ["attach", "127.0.0.1:\(server.port)"])
            try pane.tmux.waitFor(sentence)
            try pane.tmux.press("w")
            try pane.tmux.waitFor("what if")
            try pane.tmux.press("Q")
            try pane.tmux.waitFor("ended with 0")
            #expect(try pane.terminalIsRestored())
        }

        @Test(arguments: [[], ["--json"]]) func aFirstFrameThatCannotBeIsAnErrorInWords(_ flags: [String]) throws {
            let bad = wrong(try frame())
            let server = try peer { send in _ = send(bad) }
            defer { server.stop() }
            let address = "127.0.0.1:\(server.port)"
            if flags.isEmpty {
                let pane = try ConsolePane(width: 120, height: 40, arguments: ["attach", address])
                try pane.tmux.waitFor("ended with 1")
                #expect(try pane.tmux.screen().joined().contains(sentence))
            } else {
                let result = try Command.run(Command.program.path, ["attach", address] + flags)
                #expect(result.status == 1 && result.errors.contains(sentence), "\(result.errors)")
            }
        }

        /// The console is not there yet: nothing was sent that it could show.
        @Test(arguments: ["\n", " "]) func whoDripsAtTheStartIsLeftWithAKey(_ drop: String) throws {
            let server = try peer { send in while send(drop) { Thread.sleep(forTimeInterval: 0.2) } }
            defer { server.stop() }
            let pane = try ConsolePane(width: 120, height: 40, arguments: ["attach", "127.0.0.1:\(server.port)"])
            try pane.tmux.waitFor("Q gives up")
            // No key of these.
            try pane.tmux.press("Up", "x")
            try pane.tmux.press("Q")
            try pane.tmux.waitFor("ended with 1")
            #expect(try pane.tmux.screen().joined().contains("given up"))
            #expect(try pane.terminalIsRestored())
        }

        /// As many adapters as are shown, in frames that come as fast as they are read.
        @Test func aFloodLeavesTheKeysAlive() throws {
            let flood = try frame(adapters: 9_000)
            let server = try peer { send in while send(flood) {} }
            defer { server.stop() }
            let pane = try ConsolePane(width: 120, height: 40, arguments: ["attach", "127.0.0.1:\(server.port)"])
            try pane.tmux.waitFor("[overview]")
            try pane.tmux.press("2")
            try pane.tmux.waitFor("[adapters]")
            try pane.tmux.press("w")
            try pane.tmux.waitFor("what if")
            try pane.tmux.press("Q")
            try pane.tmux.waitFor("ended with 0")
            #expect(try pane.terminalIsRestored())
        }
    }
}
