import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// `loradeck serve` on the demo model.
    @Suite(.serialized) struct ServeTests {
        private static let packages = Fixture.root.appendingPathComponent(".build/python")

        /// The `openai` package as users have it, unchanged; `Tests/run` installs it.
        @Test func servesTheOpenAIClient() throws {
            let adapters = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: adapters) }
            for folder in [Fixture.demoAdapters, Fixture.goldens.appendingPathComponent("zoo")] {
                for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                    try FileManager.default.copyItem(
                        at: folder.appendingPathComponent(name), to: adapters.appendingPathComponent(name))
                }
            }
            // The oracle is exact; so must the engine be.
            let server = try ServedProgram(
                ["--memory", "256M", "--precision", "f32", "--adapters", adapters.path])
            let result = try Command.run(
                "python3",
                [
                    Fixture.root.appendingPathComponent("Tests/openai_client.py").path, server.url,
                    Fixture.goldens.appendingPathComponent("smollm2.json").path,
                ], environment: ["PYTHONPATH": Self.packages.path])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("all as it must be"))
            #expect(server.stop() == 0)
        }

        /// Two hundred connections, half of them cut: afterwards nothing runs and no page is held by a sequence.
        @Test func cutConnectionsLeakNoPages() throws {
            let server = try ServedProgram(["--memory", "128M"])
            let script = Fixture.root.appendingPathComponent("Tests/cut_connections.py").path
            let result = try Command.run("python3", [script, server.url])
            #expect(result.status == 0, "\(result.errors)")
            #expect(server.stop() == 0)
        }

        /// A model that is copied over in place, first cut short and then another: no answer is made of it, and nothing ends.
        @Test func aModelFileThatIsOverwritten() throws {
            let folder = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let model = folder.appendingPathComponent("base.gguf")
            try FileManager.default.copyItem(at: Fixture.model, to: model)
            let server = try ServedProgram(model: model)
            let script = """
                import sys, urllib.request, urllib.error
                body = b'{"model": "base", "prompt": "The sea", "max_tokens": 4, "temperature": 0}'
                request = urllib.request.Request(sys.argv[1] + "/v1/completions", body, {"Content-Type": "application/json"})
                try:
                    with urllib.request.urlopen(request) as answer: print(answer.status, answer.read().decode())
                except urllib.error.HTTPError as error: print(error.code, error.read().decode())
                """
            func complete() throws -> String { try Command.run("python3", ["-c", script, server.url]).output }
            #expect(try complete().hasPrefix("200 "))
            for size in [1000, 100_000_000] {
                #expect(truncate(model.path, size) == 0)
                let refused = try complete()
                #expect(
                    refused.hasPrefix("503 ") && refused.contains("changed on disk while it was in use"), "\(refused)")
            }
            #expect(server.stop() == 0)
        }

        @Test func keysTenantsAndUsage() throws {
            let state = try Fixture.temporaryFolder()
            defer { try? FileManager.default.removeItem(at: state) }
            let environment = ["XDG_STATE_HOME": state.path]
            func loradeck(_ arguments: [String]) throws -> Command.Result {
                try Command.loradeck(arguments, environment: environment)
            }
            #expect(try loradeck(["serve", "--listen", "0.0.0.0:0"]).errors.contains("loradeck keys add"))
            #expect(try loradeck(["keys", "add", "games"]).status == 1)
            let key = try loradeck(["keys", "add", "games", "--adapters", "pirate-games"])
            let admin = try loradeck(["keys", "add", "ops", "--admin"])
            #expect(key.status == 0 && admin.status == 0)
            // Only a hash is kept.
            let kept = try Data(contentsOf: state.appendingPathComponent("loradeck/deck.sqlite"))
            let secret = key.output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(kept.range(of: Data(secret.suffix(64).utf8)) == nil)
            let adapters = state.appendingPathComponent("adapters")
            let files = FileManager.default
            try files.createDirectory(at: adapters, withIntermediateDirectories: true)
            for name in ["pirate-games", "haiku-hotel"] {
                try files.copyItem(
                    at: Fixture.demoAdapters.appendingPathComponent(name), to: adapters.appendingPathComponent(name))
            }
            try files.createSymbolicLink(
                at: adapters.appendingPathComponent("sneaky"),
                withDestinationURL: Fixture.demoAdapters.appendingPathComponent("ticket-json"))
            let server = try ServedProgram(["--adapters", adapters.path], state: state)
            let script = Fixture.root.appendingPathComponent("Tests/tenant_client.py").path
            let adminKey = admin.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let result = try Command.run("python3", [script, server.url, secret, adminKey])
            #expect(result.status == 0, "\(result.errors)")
            #expect(server.stop() == 0)
            let usage = try loradeck(["usage", "--csv"]).output.split(separator: "\n")
            #expect(usage.contains { $0.contains(",games,pirate-games,1,") }, "\(usage)")
            let id = String(secret.split(separator: "-")[1])
            #expect(try loradeck(["keys", "list"]).output.contains(id))
            #expect(try loradeck(["keys", "revoke", id]).status == 0)
            #expect(try loradeck(["keys", "revoke", id]).status == 1)
            #expect(try loradeck(["tenants", "--json"]).output.contains("pirate-games"))
        }
    }
}
