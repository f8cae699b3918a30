import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import Registry
import ServingEngine
import TestSupport
import Testing

@testable import loradeck

/// Roll-back on real files: after the folder was overwritten, across starts, and where there is no copy.
@Suite("Roll-back") struct RollbackTests {
    private static let tiny = Fixture.goldens.appendingPathComponent("tiny/tiny-llama3")

    private final class Home {
        let folder: URL
        let base: OpenedBase
        var budget = 1 << 30

        init() throws {
            folder = try Fixture.temporaryFolder()
            base = try OpenedBase(
                try ModelOptions.parse(["--model", RollbackTests.tiny.path]), folders: Folders(environment: [:]))
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: RollbackTests.tiny.appendingPathComponent("adapter"), to: root.appendingPathComponent("a"))
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        var root: URL { folder.appendingPathComponent("loras") }

        /// Another content in the same folder, written over the old one: one bit of the last weight's mantissa.
        func overwrite(_ bit: UInt8) throws {
            let path = root.appendingPathComponent("a/adapter_model.safetensors")
            let handle = try FileHandle(forUpdating: path)
            let end = try handle.seekToEnd()
            // The lowest byte of the last value, whatever its type.
            try handle.seek(toOffset: end - 2)
            try handle.write(contentsOf: Data([bit]))
            try handle.close()
        }

        /// One start of a deck, as `run` does it.
        func start<Value>(
            _ body: (EmbeddedDeck, Registry) async throws -> Value
        ) async throws -> Value {
            let registry = try Registry.open(
                path: folder.appendingPathComponent("deck.sqlite").path, base: base.model.digest)
            defer { try? registry.close() }
            let found = try AdapterFolder.scan(root)
            let deck = try EmbeddedDeck.start(
                base, roots: try AdapterRoots(root: root, base: base), compute: try ComputeFlags.parse([]),
                memoryBytes: 16 << 20, registry: registry,
                serving: ServingSettings(
                    versionsBudget: budget, versionsFolder: folder.appendingPathComponent("versions")))
            _ = await deck.registerNew(found, overrideBase: false, registry: registry, by: "test")
            let value = try await body(deck, registry)
            await deck.engine.stop()
            return value
        }

        func register(_ deck: EmbeddedDeck) async -> CommandOutcome {
            await deck.engine.perform(.register(name: "a", path: "a", overrideBase: false), by: "test")
        }
    }

    private func adapter(_ deck: EmbeddedDeck, until condition: (AdapterSnapshot) -> Bool = { _ in true }) async throws
        -> AdapterSnapshot
    {
        for await snapshot in deck.engine.snapshots() {
            if let adapter = snapshot.adapters.first, condition(adapter) { return adapter }
        }
        throw CancellationError()
    }

    /// The log-probabilities of an answer: another weight gives others.
    private func answer(_ deck: EmbeddedDeck) async -> [Float?] {
        let request = PromptRequest(
            adapter: "a", content: .tokens([5, 9, 2, 7]), maxTokens: 6, logprobs: 1, ignoresEnd: true, origin: "test")
        var numbers: [Float?] = []
        for await update in deck.engine.submit([request])[0] {
            if case .token(_, _, let number, _) = update { numbers.append(number) }
        }
        return numbers
    }

    @Test("the operator's steps: register, overwrite, register, roll back; and what is served after every start")
    func operatorsSteps() async throws {
        let home = try Home()
        let (old, new, first) = try await home.start { deck, _ in
            let old = try #require(try await adapter(deck) { $0.versions.first?.bytes == .kept }.digest)
            let first = await answer(deck)
            try home.overwrite(0x3C)
            #expect(await home.register(deck).succeeded)
            let new = try #require(try await adapter(deck) { $0.digest != old }.digest)
            let back = await deck.engine.perform(.rollback(adapter: "a", to: old), by: "test")
            #expect(back == .done("rolled a back to \(old.short)"))
            #expect(await answer(deck) == first && first.count == 6)
            return (old, new, first)
        }
        // The folder holds the new version; it stays turned down, however often the deck starts.
        for _ in 0..<2 {
            try await home.start { deck, _ in
                #expect(try await adapter(deck).digest == old)
                #expect(await answer(deck) == first)
                let versions = try await adapter(deck) { $0.versions.count == 2 }.versions
                #expect(versions.map(\.digest) == [old, new])
            }
        }
        // Content that nobody saw before is registered as ever.
        try home.overwrite(0x11)
        try await home.start { deck, _ in
            let fresh = try await adapter(deck) { $0.digest != old }.digest
            #expect(fresh != new)
            // All three can be gone back to.
            for version in [old, new] {
                #expect(await deck.engine.perform(.rollback(adapter: "a", to: version), by: "test").succeeded)
            }
        }
    }

    @Test("without copies the snapshot says that the version is gone, and a roll-back is refused")
    func off() async throws {
        let home = try Home()
        home.budget = 0
        try await home.start { deck, _ in
            let old = try #require(try await adapter(deck).digest)
            try home.overwrite(0x3C)
            #expect(await home.register(deck).succeeded)
            let new = try #require(try await adapter(deck) { $0.digest != old }.digest)
            let bytes = try await adapter(deck) { if case .gone = $0.versions.last?.bytes { true } else { false } }
                .versions.map(\.bytes)
            #expect(
                bytes == [
                    .onlyInPlace(reason: "versions-budget is 0"),
                    .gone(reason: "the folder holds \(new.short) now"),
                ])
            let back = await deck.engine.perform(.rollback(adapter: "a", to: old), by: "test")
            #expect(!back.succeeded && back.message.contains("which holds"))
        }
        let copies = home.folder.appendingPathComponent("versions").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: copies).isEmpty)
    }

    @Test("copies that are damaged between two starts are not served, and are told") func damagedCopy() async throws {
        let home = try Home()
        let old = try await home.start { deck, _ in
            let old = try #require(try await adapter(deck) { $0.versions.first?.bytes == .kept }.digest)
            try home.overwrite(0x3C)
            #expect(await home.register(deck).succeeded)
            _ = try await adapter(deck) { $0.versions.count == 2 && $0.versions[0].bytes == .kept }
            return old
        }
        let copy = home.folder.appendingPathComponent("versions/\(old.hex)/adapter_model.safetensors")
        #expect(truncate(copy.path, 200) == 0)
        try await home.start { deck, _ in
            let current = try await adapter(deck).digest
            let back = await deck.engine.perform(.rollback(adapter: "a", to: old), by: "test")
            #expect(!back.succeeded)
            #expect(try await adapter(deck).digest == current)
        }
    }
}
