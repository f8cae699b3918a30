import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// What a process leaves behind, however it ends.
    @Suite(.serialized) struct KillTests {
        /// `LORADECK_KILLS` asks for more of them.
        @Test func whatWasAcknowledgedIsServedAfterEveryKill() throws {
            let kills = ProcessInfo.processInfo.environment["LORADECK_KILLS"] ?? "20"
            let tiny = Fixture.goldens.appendingPathComponent("tiny/tiny-llama3")
            let result = try Command.run(
                "python3",
                [
                    Fixture.root.appendingPathComponent("Tests/kill_checker.py").path, Command.program.path, tiny.path,
                    tiny.appendingPathComponent("adapter").path, kills,
                ])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("all as acknowledged: \(kills) kills"), "\(result.output)")
        }

        @Test func aSecondDeckIsToldWhoHoldsTheState() throws {
            let state = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: state) }
            func loradeck(_ arguments: [String]) throws -> Command.Result {
                try Command.loradeck(arguments, environment: ["XDG_STATE_HOME": state.path])
            }
            let server = try ServedProgram(["--memory", "64M"], state: state)
            let model = ["--model", Fixture.model.path]
            for second in [["serve", "--listen", "0"] + model, ["demo", "--headless", "1"] + model] {
                let told = try loradeck(second)
                #expect(told.status == 1)
                #expect(told.errors.contains("loradeck serve (process \(server.processID), since 20"), "\(told.errors)")
                #expect(told.errors.contains("see it with `loradeck attach \(server.url)`"), "\(told.errors)")
                #expect(told.errors.contains(state.path) && told.errors.contains("XDG_STATE_HOME"))
            }
            // What is offered works, and so does all that only looks, or is meant to work beside it.
            #expect(try loradeck(["attach", server.url, "--json"]).status == 0)
            #expect(try loradeck(["adapters", "list"] + model).status == 0)
            #expect(try loradeck(["keys", "add", "games", "--adapters", "pirate-games"]).status == 0)
            for look in [["keys", "list"], ["tenants"], ["usage"]] { #expect(try loradeck(look).status == 0) }
            // A kill gives the folder back.
            server.kill()
            let next = try ServedProgram(["--memory", "64M"], state: state)
            #expect(next.processID != server.processID)
            #expect(next.stop() == 0)
        }
    }
}
