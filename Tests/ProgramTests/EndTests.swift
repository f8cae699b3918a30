import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// `loradeck serve` when its keys, its registry or itself come to an end.
    @Suite(.serialized) struct EndTests {
        private func client(_ script: String, _ arguments: [String], environment: [String: String] = [:]) throws {
            let path = Fixture.root.appendingPathComponent("Tests/\(script)").path
            let result = try Command.run("python3", [path] + arguments, environment: environment)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }

        /// SIGTERM and SIGINT, with answers under way.
        @Test(arguments: [("whole", "60"), ("cut", "1"), ("twice", "3600")])
        func anAnswerUnderWay(_ what: String, _ seconds: String) throws {
            let server = try ServedProgram(["--memory", "128M", "--drain-seconds", seconds])
            try client("ending_client.py", [server.url, "\(server.processID)", what])
            #expect(server.end() == 0)
        }

        @Test func keysAndTheirFolderUnderARunningServer() throws {
            let state = try Fixture.temporaryFolder()
            let server = try ServedProgram(
                ["--memory", "128M", "--adapters", Fixture.demoAdapters.path], state: state)
            try client(
                "revoked_client.py", [server.url, Command.program.path], environment: ["XDG_STATE_HOME": state.path])
            #expect(server.stop() == 0)
        }
    }
}
