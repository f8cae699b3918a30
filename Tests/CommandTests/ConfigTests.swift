import Foundation
import TestSupport
import Testing

@testable import loradeck

/// `loradeck config`, as a shell runs it.
@Suite struct ConfigTests {
    private func run(
        _ arguments: [String] = [], settings: String? = nil, environment: [String: String] = [:]
    ) throws -> (Command.Result, URL) {
        let folder = try Fixture.temporaryFolder()
        let file = folder.appendingPathComponent("loradeck/config.toml")
        if let settings {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(settings.utf8).write(to: file)
        }
        let environment = ["XDG_CONFIG_HOME": folder.path].merging(environment) { $1 }
        return (try Command.loradeck(["config"] + arguments, environment: environment), file)
    }

    @Test func saysWhatHoldsAndWhoSaidSo() throws {
        let (result, file) = try run(
            ["--label", "TEST"], settings: "\nrefresh = 10\n", environment: ["LORADECK_THEME": "nord"])
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["settings", file.path]))
        #expect(lines.contains(["refresh", "10", "config.toml:2"]))
        #expect(lines.contains(["theme", "\"nord\"", "$LORADECK_THEME"]))
        #expect(lines.contains(["label", "\"TEST\"", "--label"]))
        #expect(lines.contains(["mouse", "true", "default"]))
    }

    @Test func isOneJSONDocument() throws {
        let (result, file) = try run(["--json"])
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["file"] as? String == file.path)
        #expect(report["exists"] as? Bool == false)
        #expect((report["settings"] as? [[String: Any]])?.contains { $0["setting"] as? String == "refresh" } == true)
    }

    @Test func initWritesAFileThatIsReadAndNeverOneOver() throws {
        let folder = try Fixture.temporaryFolder()
        let environment = ["LORADECK_CONFIG": folder.appendingPathComponent("a/mine.toml").path]
        let absent = try Command.run(Command.program.path, ["config"], environment: environment)
        #expect(absent.status == 1 && absent.errors.contains("mine.toml"))
        let (written, _) = try run(["--init"], environment: environment)
        #expect(written.status == 0, "\(written.errors)")
        let (read, _) = try run(environment: environment)
        #expect(read.status == 0, "\(read.errors)")
        let (again, _) = try run(["--init"], environment: environment)
        #expect(again.status == 1)
        #expect(again.errors.contains("exists already"))
        let (template, _) = try run(["--template"])
        #expect(template.output == (try String(contentsOfFile: environment["LORADECK_CONFIG"] ?? "", encoding: .utf8)))
    }

    @Test func faultsEndWithOneAndTheirLines() throws {
        let (result, _) = try run(settings: "theme = \"nord\"\nthemes = 1\nmouse = 2\n")
        #expect(result.status == 1)
        #expect(result.errors.contains("config.toml:2: unknown key 'themes'"))
        #expect(result.errors.contains("config.toml:3: 'mouse' must be true or false"))
        let (theme, _) = try run(settings: "\ntheme = \"norde\"\n")
        #expect(theme.status == 1)
        #expect(theme.errors.contains("config.toml:2: there is no theme “norde”"))
        // Wherever a screen is drawn, and before a model is opened.
        let folder = try Fixture.temporaryFolder()
        let snapshot = try Command.run(
            Command.program.path, ["snapshot", "--model", folder.appendingPathComponent("none.gguf").path],
            environment: ["LORADECK_REFRESH": "x"])
        #expect(snapshot.status == 1)
        #expect(snapshot.errors.contains("LORADECK_REFRESH must be a number, 1 to 30"))
    }
}
