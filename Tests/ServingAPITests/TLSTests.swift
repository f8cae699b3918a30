import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ServingAPI

/// TLS where it is built in, and what is said where it is not.
@Suite struct TLSTests {
    #if TLS
    private static let client = """
        import http.client, ssl, sys
        context = ssl.create_default_context(cafile=sys.argv[2])
        context.minimum_version = ssl.TLSVersion[sys.argv[3]]
        context.maximum_version = ssl.TLSVersion[sys.argv[3]]
        connection = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=context)
        connection.request("GET", "/health")
        print(connection.getresponse().status, connection.sock.version())
        """

    /// A certificate for localhost and its key, which `openssl` makes.
    private func certificate(in folder: URL) throws -> (chain: String, key: String) {
        let files = ["chain.pem", "key.pem"].map { folder.appendingPathComponent($0).path }
        let made = try Command.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-out", files[0], "-keyout", files[1],
            ])
        try #require(made.status == 0, "\(made.errors)")
        return (files[0], files[1])
    }

    @Test func aClientThatKnowsTheCertificateIsServed() async throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try certificate(in: folder)
        let server = try await TestServer.start(ScriptedDeck()) { $0.certificate = files }
        for (version, said) in [("TLSv1_2", "200 TLSv1.2\n"), ("TLSv1_3", "200 TLSv1.3\n")] {
            let arguments = ["-c", Self.client, "\(server.port)", files.chain, version]
            let answer = try await onThread { try Command.run("python3", arguments) }
            #expect(answer.output == said, "\(answer.errors)")
        }
        // What is older, or no TLS at all, gets nothing.
        let arguments = ["-c", Self.client, "\(server.port)", files.chain, "TLSv1_1"]
        #expect(try await onThread { try Command.run("python3", arguments) }.status != 0)
        #expect(try await server.get("/health").status != 200)
        await server.stop()
    }

    @Test func aCertificateThatCannotBeReadIsNamed() async throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try certificate(in: folder)
        let garbage = folder.appendingPathComponent("garbage.pem").path
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: garbage))
        for bad in [(files.chain, garbage), (garbage, files.key), (files.chain, "/nowhere/key.pem")] {
            let refusal = await #expect(throws: APIServer.Refusal.self) {
                _ = try await TestServer.start(ScriptedDeck()) { $0.certificate = bad }
            }
            #expect(refusal?.reason.contains("the certificate \(bad.0) with the key \(bad.1) cannot be used") == true)
        }
    }
    #else
    @Test func aServerThatCannotServeTLSDoesNotStart() async throws {
        let refusal = await #expect(throws: APIServer.Refusal.self) {
            _ = try await TestServer.start(ScriptedDeck()) { $0.certificate = ("chain.pem", "key.pem") }
        }
        #expect(refusal?.reason.contains("`swift build -c release --traits TLS`") == true)
    }
    #endif
}
