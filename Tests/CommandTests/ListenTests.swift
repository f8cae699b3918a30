import ArgumentParser
import Console
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
        let served = options.requiredOptions(ServingSettings())
        #expect(served.certificate?.chain == "chain.pem" && served.certificate?.key == "key.pem")
    }

    @Test func certificateAndKeyGoTogether() throws {
        for alone in [certificate.prefix(2), certificate.suffix(2)] {
            let result = try Command.loradeck(["serve"] + alone)
            #expect(result.status != 0 && result.errors.contains("--tls-certificate and --tls-key go together"))
        }
    }

    @Test func answersGetTheSecondsThatAreSet() throws {
        var settings = ServingSettings()
        let options = try ListenOptions.parse(["--listen", "8000"])
        #expect(options.requiredOptions(settings).drainSeconds == 30)
        settings.drainSeconds = 7
        #expect(options.serverOptions(settings)?.drainSeconds == 7)
        let flags = try ServingFlags.parse(["--drain-seconds", "0"]).flags
        #expect(try Settings(document: nil, environment: [:], flags: flags).drainSeconds == 0)
        #expect(try Settings(document: nil, environment: ["LORADECK_DRAIN_SECONDS": "8"]).drainSeconds == 8)
        for wrong in ["-1", "3601", "soon"] {
            #expect(throws: (any Error).self) { _ = try ServingFlags.parse(["--drain-seconds=\(wrong)"]) }
        }
    }

    @Test func anAddressIsHostAndPort() throws {
        for (text, isAddress) in [("8000", true), ("0.0.0.0:8000", true), ("unix:/tmp/x", true), ("http://x", false)] {
            let options = try? ListenOptions.parse(["--listen", text])
            #expect((options != nil) == isAddress, "\(text)")
        }
    }
}
