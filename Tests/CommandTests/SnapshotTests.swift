import Foundation
import TestSupport
import Testing

/// `loradeck snapshot`: one moment of the real engine for scripts, without a terminal.
@Suite("Snapshot") struct SnapshotTests {
    private static let screens = [
        "overview", "adapters", "pages", "batch", "latency", "requests", "prompt", "events", "history", "plan", "help",
    ]

    private func run(_ arguments: [String]) throws -> Command.Result {
        let folder = try Fixture.temporaryFolder()
        return try Command.loradeck(
            ["snapshot", "--model", Fixture.model.path, "--rate", "0"] + arguments,
            environment: ["XDG_CONFIG_HOME": folder.path, "TERM": "", "LC_ALL": "C"])
    }

    @Test func isOneJSONDocument() throws {
        let result = try run(["--after", "1", "--rate", "8"])
        #expect(result.status == 0, "\(result.errors)")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let pool = try #require(document["pool"] as? [String: Any])
        #expect((pool["pages"] as? [Any])?.isEmpty == false)
        #expect((document["adapters"] as? [[String: Any]])?.isEmpty == false)
    }

    /// Every screen, at sizes that take turns: as many rows as asked for, and no more columns.
    @Test(arguments: screens) func everyScreenAsText(_ screen: String) throws {
        let sizes = [[80, 24], [120, 40], [200, 60]]
        let size = sizes[(Self.screens.firstIndex(of: screen) ?? 0) % sizes.count]
        let result = try run([
            "--format", "text", "--screen", screen, "--size", "\(size[0])x\(size[1])", "--after", "1",
        ])
        #expect(result.status == 0, "\(result.errors)")
        var lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.popLast() == "")
        #expect(lines.count == size[1])
        #expect(lines.allSatisfy { $0.count <= size[0] })
        let title = screen == "overview" ? "adapters" : screen == "prompt" ? "targets" : screen
        #expect(lines.contains { $0.contains("┌─ \(title) ") }, "\(result.output)")
    }

    @Test func pressesKeysAndDrawsASCII() throws {
        let result = try run([
            "--format", "text", "--screen", "adapters", "--size", "100x30", "--after", "1", "--then", "0.3",
            "--glyphs", "ascii", "--keys", "/", "pirate", "Enter",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.allSatisfy { $0.isASCII })
        #expect(result.output.contains("1/"))
        #expect(result.output.contains("pirate-games") && !result.output.contains("haiku-hotel"))
    }

    @Test func isAPicture() throws {
        let result = try run([
            "--format", "svg", "--screen", "pages", "--size", "80x24", "--after", "1", "--theme", "nord",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("<svg"))
        #expect(result.output.contains("</svg>"))
    }

    @Test func wrongUsageIsSaid() throws {
        for arguments in [
            ["--screen", "nowhere"], ["--size", "80"], ["--keys", "q"], ["--after", "-1"], ["--format", "png"],
        ] {
            let result = try run(arguments)
            #expect(result.status == 64, "\(arguments): \(result.errors)")
        }
        let theme = try run(["--format", "text", "--theme", "norde"])
        #expect(theme.status == 1 && theme.errors.contains("there is no theme"))
    }
}
