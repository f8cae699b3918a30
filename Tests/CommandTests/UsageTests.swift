import Foundation
import TestSupport
import Testing

/// Exit codes and complaints of the real program, without a model.
@Suite("Usage") struct UsageTests {
    @Test(
        "wrong usage ends with 64 and says what is wrong",
        arguments: [
            (["generate"], "give a prompt"), (["generate", "x", "--input", "y", "--json"], "not both"),
            (["generate", "--input", "y"], "--input needs --json"), (["generate", "x", "--top-p", "0"], "top-p"),
            (["generate", "x", "--max-tokens", "0"], "max-tokens"), (["generate", "x", "--memory", "lots"], "memory"),
            (["generate", "x", "--raw", "--system", "y"], "--system"), (["tokenize"], "give a text"),
            (["demo", "--rate", "0"], "--rate"), (["demo", "--json"], "--json needs --headless"),
            (["run", "--threads", "0"], "--threads"), (["run", "--precision", "f16"], "precision"),
            (["bench", "nothing"], "distinct16"), (["bench", "--runs", "0"], "--runs"),
            (["bench", "--streams", "0"], "--streams"), (["bench", "--rank", "8,x"], "--rank"),
            (["bench", "--targets", "lm_head"], "q_proj"), (["bench", "--rate", "-1"], "--rate"),
            (["bench", "--prompt-words", "3", "--prompt-tokens", "3"], "not both"),
            (["plan", "--rank", "0"], "--rank"), (["plan", "--tokens", "0"], "--tokens"),
            (["serve", "--versions-budget", "lots"], "--versions-budget must be a size"),
            (["keys", "add", "console", "--admin"], "a name under which loradeck itself asks"),
            (["frobnicate"], "frobnicate"), (["adapters", "verify"], "<folder>"),
        ])
    func usage(arguments: [String], words: String) throws {
        let result = try Command.loradeck(arguments)
        #expect(result.status == 64, "\(arguments)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(
        "every command explains itself with examples",
        arguments: [
            ["run"], ["demo"], ["generate"], ["tokenize"], ["fetch"], ["plan"], ["bench"], ["adapters", "list"],
            ["adapters", "inspect"],
            ["adapters", "verify"],
        ])
    func help(command: [String]) throws {
        let result = try Command.loradeck(command + ["--help"])
        #expect(result.status == 0)
        #expect(
            result.output.contains("EXAMPLES") && result.output.contains("loradeck \(command.joined(separator: " "))"))
        #expect(result.errors.isEmpty)
    }

    @Test("no model: what to do about it")
    func noModel() throws {
        let empty = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: empty) }
        let result = try Command.loradeck(["generate", "x"], environment: ["XDG_CACHE_HOME": empty.path])
        #expect(result.status == 1)
        #expect(result.errors.contains("loradeck fetch") && result.errors.contains("--model"))
    }

    @Test("a console without a terminal says so, whichever way it is asked for", arguments: [[], ["run"], ["demo"]])
    func noTerminal(arguments: [String]) throws {
        let result = try Command.loradeck(arguments)
        #expect(result.status == 1)
        #expect(result.errors.contains("terminal"))
        #expect(result.output.isEmpty)
    }

    @Test("foreign text in a complaint cannot steer the terminal")
    func sanitised() throws {
        let result = try Command.loradeck(["generate", "x", "--model", "/nowhere/\u{1B}]0;owned\u{7}.gguf"])
        #expect(result.status == 1)
        #expect(!result.errors.contains("\u{1B}") && !result.errors.contains("\u{7}"))
    }
}
