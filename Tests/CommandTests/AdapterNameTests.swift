import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import Registry
import ServingEngine
import TestSupport
import Testing

@testable import loradeck

/// Names of adapters and of the base: every command says the same of them.
@Suite("Adapter names", .serialized) struct AdapterNameTests {
    /// A base in a folder of any name, a root of adapters, and a registry of its own.
    private final class House {
        let folder: URL
        let root: URL
        private let tiny = Fixture.goldens.appendingPathComponent("tiny/tiny-llama3")

        init() throws {
            folder = try Fixture.temporaryFolder()
            root = folder.appendingPathComponent("loras")
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        var environment: [String: String] { ["XDG_STATE_HOME": folder.path] }

        func add(_ names: String...) throws {
            for name in names {
                try FileManager.default.copyItem(
                    at: tiny.appendingPathComponent("adapter"), to: root.appendingPathComponent(name))
            }
        }

        func base(_ name: String) throws -> String {
            let path = folder.appendingPathComponent(name)
            if !FileManager.default.fileExists(atPath: path.path) {
                try FileManager.default.copyItem(at: tiny, to: path)
            }
            return path.path
        }

        func start(_ base: String) async throws -> (
            report: RegistrationReport, adapters: [AdapterSnapshot], events: [DeckEvent]
        ) {
            let opened = try OpenedBase(
                try ModelOptions.parse(["--model", try self.base(base)]), folders: Folders(environment: environment))
            let registry = try Registry.open(
                path: Folders(environment: environment).registry.path, base: opened.model.digest)
            defer { try? registry.close() }
            let deck = try EmbeddedDeck.start(
                opened, roots: try AdapterRoots(root: root, base: opened, registry: registry),
                compute: try ComputeFlags.parse([]), memoryBytes: 16 << 20, registry: registry)
            let report = await deck.registerNew(
                try AdapterFolder.scan(root), overrideBase: false, registry: registry, by: "test")
            let snapshot = await deck.engine.snapshots().first { _ in true }
            await deck.engine.stop()
            return (report, snapshot?.adapters ?? [], try registry.recentEvents(limit: 100))
        }

        /// On a thread of its own: the pool's few threads run engines.
        private func run(_ arguments: [String]) async throws -> Command.Result {
            let environment = environment
            return try await withCheckedThrowingContinuation { continuation in
                Thread {
                    continuation.resume(with: Result { try Command.loradeck(arguments, environment: environment) })
                }.start()
            }
        }

        func verify(_ name: String, on base: String) async throws -> Command.Result {
            try await run(
                ["adapters", "verify", root.appendingPathComponent(name).path, "--model", try self.base(base)])
        }

        func list(on base: String) async throws -> Command.Result {
            try await run(["adapters", "list", "--adapters", root.path, "--model", try self.base(base)])
        }
    }

    @Test(
        "a name that is not an adapter's is refused by all, and counted",
        arguments: [
            ("base", "the base's name"), ("tiny-llama3", "the base's name"), ("Tiny-Llama3", "the base's name"),
            ("new\nline", "cannot be shown"), (" pirate", "space"),
        ])
    func refused(_ name: String, _ reason: String) async throws {
        let house = try House()
        try house.add("good", name)
        let start = try await house.start("tiny-llama3")
        #expect(start.report.refused.map(\.adapter.name) == [name] && start.report.served == 1)
        #expect(start.report.sentence.hasPrefix("1 adapter (1 refused: \(AdapterNaming.shown(name)): "))
        #expect(start.report.sentence.contains(reason) && !start.report.sentence.contains("\n"))
        #expect(start.adapters.map(\.name) == ["good"])
        #expect(start.events.contains { $0.kind == .refusal && $0.message.contains(reason) })
        #expect(start.events.contains { $0.kind == .warning && $0.message == "serves \(start.report.sentence)" })
        let verify = try await house.verify(name, on: "tiny-llama3")
        #expect(verify.status == 1 && verify.output.contains("refused") && verify.output.contains(reason))
        #expect(try await house.verify("good", on: "tiny-llama3").status == 0)
        let list = try await house.list(on: "tiny-llama3")
        #expect(list.output.contains(reason) && list.output.contains("verified"))
    }

    @Test("a folder and a file of one name are told apart loudly")
    func oneNameTwice() throws {
        let folder = NamedAdapter(name: "a", path: URL(fileURLWithPath: "/x/a"))
        let file = NamedAdapter(name: "a", path: URL(fileURLWithPath: "/x/a.gguf"))
        let composed = NamedAdapter(name: "\u{E9}", path: URL(fileURLWithPath: "/x/\u{E9}"))
        let decomposed = NamedAdapter(name: "e\u{301}", path: URL(fileURLWithPath: "/x/e\u{301}"))
        let upper = NamedAdapter(name: "A", path: URL(fileURLWithPath: "/x/A"))
        let roster = AdapterRoster([folder, file, composed, decomposed, upper], naming: AdapterNaming(baseNames: []))
        #expect(roster.adapters == [folder, composed, upper])
        #expect(roster.refused.map(\.adapter) == [file, decomposed])
        #expect(roster.refusal(of: file) == "a has that name too; rename one")
        #expect(roster.refusal(of: upper) == nil)
    }

    @Test("the sentence counts, names, and stays short")
    func sentence() {
        func refused(_ name: String, _ reason: String) -> RefusedAdapter {
            RefusedAdapter(adapter: NamedAdapter(name: name, path: URL(fileURLWithPath: "/x/" + name)), reason: reason)
        }
        #expect(RegistrationReport(served: 0, refused: []).sentence == "0 adapters")
        #expect(RegistrationReport(served: 1, refused: []).sentence == "1 adapter")
        let two = RegistrationReport(
            served: 9,
            refused: [
                refused("bad1", "bad1 is not registered: adapter_config.json: peft_type is missing; it must be LORA"),
                refused("nan1", "it holds nan\nat 0"),
            ])
        #expect(
            two.sentence
                == "9 adapters (2 refused: bad1: peft_type is missing; it must be LORA; nan1: it holds nan\\u{A}at 0)")
        let many = RegistrationReport(
            served: 2, refused: (0..<20).map { refused("a\($0)", String(repeating: "x", count: 900)) })
        #expect(many.sentence.hasSuffix("…; and 12 more)") && many.sentence.count < 2000)
    }

    @Test("an adapter that was verified stays so when the base's folder is renamed, in every command")
    func renamedBase() async throws {
        let house = try House()
        try house.add("good")
        // Before anything was verified, such a name is refused, and one that says nothing leaves it open.
        #expect(try await house.verify("good", on: "Llama-2-13b").status == 1)
        #expect(try await house.list(on: "model").output.contains("unverified"))
        #expect(try await house.start("tiny-llama3").adapters.map(\.facts?.verdict) == [.verified])
        for name in ["model", "Llama-2-13b", "sha256-" + String(repeating: "0", count: 64)] {
            let verify = try await house.verify("good", on: name)
            #expect(verify.status == 0 && verify.output.contains("base verified"), "\(verify.output)")
            #expect(try await house.list(on: name).output.contains(" verified"))
            let start = try await house.start(name)
            #expect(start.report.refused.isEmpty && start.adapters.map(\.facts?.verdict) == [.verified])
        }
        // So does the same content under another name.
        try house.add("copy")
        let start = try await house.start("Llama-2-13b")
        #expect(start.report.refused.isEmpty && start.report.served == 2)
    }

    @Test("an adapter whose name became the base's is not served, and stays in the registry")
    func nameOfARenamedBase() async throws {
        let house = try House()
        try house.add("good", "other")
        #expect(try await house.start("tiny-llama3").report.served == 2)
        let renamed = try await house.start("good")
        #expect(renamed.adapters.map(\.name) == ["other"] && renamed.report.refused.map(\.adapter.name) == ["good"])
        #expect(try await house.start("tiny-llama3").adapters.map(\.name) == ["good", "other"])
    }

    @Test("the README's command: the demo model under another name is still the demo model")
    func demoModelRenamed() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(FileManager.default.fileExists(atPath: Fixture.model.path), "Tests/run fetches the demo model")
        for name in [
            "base.gguf", "sha256-b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", "model.gguf",
        ] {
            let copy = folder.appendingPathComponent(name)
            try FileManager.default.copyItem(at: Fixture.model, to: copy)
            let result = try Command.loradeck(
                ["adapters", "verify", "pirate-games", Fixture.demoAdapters.appendingPathComponent("haiku-hotel").path]
                    + ["--model", copy.path], environment: ["XDG_STATE_HOME": folder.path])
            #expect(result.status == 0, "\(result.output)")
            #expect(
                result.output.contains("base unverified") && result.output.contains("Smollm2 135M 8k Lc100K Mix1 Ep2"))
            try FileManager.default.removeItem(at: copy)
        }
    }
}
