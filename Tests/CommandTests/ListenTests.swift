import ArgumentParser
import Foundation
import ServingAPI
import TestSupport
import Testing

@testable import loradeck

/// What the listening options refuse before anything is opened.
@Suite struct ListenTests {
    private let certificate = ["--tls-certificate", "chain.pem", "--tls-key", "key.pem"]

    @Test(.enabled(if: !ServerTLS.isBuiltIn), arguments: ["serve", "run", "demo"])
    func withoutTLSItIsSaidHowToBuildItIn(command: String) throws {
        let result = try Command.loradeck([command] + certificate)
        #expect(result.status != 0 && result.output.isEmpty)
        #expect(result.errors.contains("swift build -c release --traits TLS"))
        // Help is wrapped.
        let help = try Command.loradeck([command, "--help"]).output.split(whereSeparator: \.isWhitespace)
        #expect(help.joined(separator: " ").contains("this build has no TLS"))
    }

    @Test(.enabled(if: ServerTLS.isBuiltIn))
    func withTLSTheFilesAreAccepted() throws {
        let options = try ListenOptions.parse(certificate)
        #expect(options.requiredOptions.certificate?.chain == "chain.pem")
        #expect(options.requiredOptions.certificate?.key == "key.pem")
    }

    @Test func certificateAndKeyGoTogether() throws {
        for alone in [certificate.prefix(2), certificate.suffix(2)] {
            let result = try Command.loradeck(["serve"] + alone)
            #expect(result.status != 0 && result.errors.contains("--tls-certificate and --tls-key go together"))
        }
    }

    @Test func anAddressIsHostAndPort() throws {
        for (text, isAddress) in [("8000", true), ("0.0.0.0:8000", true), ("unix:/tmp/x", true), ("http://x", false)] {
            let options = try? ListenOptions.parse(["--listen", text])
            #expect((options != nil) == isAddress, "\(text)")
        }
    }
}
