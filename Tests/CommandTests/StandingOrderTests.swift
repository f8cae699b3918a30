import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import Registry
import ServingAPI
import ServingEngine
import Logging
import TestSupport
import Testing

@testable import loradeck

/// What was ordered holds over restarts, until a folder changes.
@Suite("Standing orders") struct StandingOrderTests {
    private static let tiny = Fixture.goldens.appendingPathComponent("tiny/tiny-llama3")

    /// A root, a registry, and starts of decks on them.
    private final class House {
        let folder: URL
        let base: OpenedBase
        private var contents: UInt8 = 0

        init() throws {
            folder = try Fixture.temporaryFolder()
            base = try OpenedBase(
                try ModelOptions.parse(["--model", StandingOrderTests.tiny.path]), folders: Folders(environment: [:]))
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        var root: URL { folder.appendingPathComponent("loras") }

        /// An adapter at a path of the root with a content of its own.
        @discardableResult
        func put(_ path: String) throws -> Digest {
            let place = root.appendingPathComponent(path)
            try? FileManager.default.removeItem(at: place)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: StandingOrderTests.tiny.appendingPathComponent("adapter"), to: place)
            contents += 1
            let handle = try FileHandle(forUpdating: place.appendingPathComponent("adapter_model.safetensors"))
            // The lowest byte of the last value.
            try handle.seek(toOffset: try handle.seekToEnd() - 2)
            try handle.write(contentsOf: Data([contents]))
            try handle.close()
            return try base.reader(root: nil).inspect(path: place.path, overrideBase: false).digest
        }

        /// Waits until no file is so fresh that its state proves nothing.
        func settle(_ paths: String...) async throws {
            let reader = base.reader(root: nil)
            for path in paths.map({ root.appendingPathComponent($0).path }) {
                while try reader.look(path: path).files.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            }
        }

        /// One start, as `serve` does it; what is served then, and what `body` makes of it.
        @discardableResult
        func start(_ body: (EmbeddedDeck, ServedDeck) async throws -> Void = { _, _ in }) async throws -> [String:
            Digest]
        {
            let registry = try Registry.open(
                path: folder.appendingPathComponent("deck.sqlite").path, base: base.model.digest)
            defer { try? registry.close() }
            let deck = try EmbeddedDeck.start(
                base, roots: try AdapterRoots(root: root, base: base, registry: registry),
                compute: try ComputeFlags.parse([]), memoryBytes: 16 << 20, registry: registry,
                serving: ServingSettings(
                    versionsBudget: 1 << 30, versionsFolder: folder.appendingPathComponent("versions")))
            let served = try ServedDeck(deck, root: root, registry: registry, log: Logger(label: "test"))
            _ = await deck.registerNew(
                try AdapterFolder.scan(root), overrideBase: false, registry: registry, by: "test")
            let names = deck.engine.standings.map { ($0.name, $0.digest) }
            try await body(deck, served)
            await deck.engine.stop()
            return Dictionary(uniqueKeysWithValues: names)
        }
    }

    private func order(_ deck: EmbeddedDeck, _ command: DeckCommand) async {
        let outcome = await deck.engine.perform(command, by: "test")
        #expect(outcome.succeeded, "\(command.commandLine): \(outcome.message)")
    }

    @Test(
        "the report's steps: registered from elsewhere, unregistered, rolled back; three starts on, it holds",
        arguments: [true, false])
    func reportsSteps(isSettled: Bool) async throws {
        let house = try House()
        let (own, gone, other) = (try house.put("foo"), try house.put("gone"), try house.put("vault/v2"))
        // Fresh files prove nothing by their states: then the content tells.
        if isSettled { try await house.settle("foo", "gone", "vault/v2") }
        var served = try await house.start { deck, _ in
            await order(deck, .register(name: "foo", path: "vault/v2", overrideBase: false))
            await order(deck, .unregister(adapter: "gone"))
        }
        #expect(served == ["foo": own, "gone": gone])
        if !isSettled { try await house.settle("foo", "gone", "vault/v2") }
        for _ in 0..<2 {
            served = try await house.start()
            #expect(served == ["foo": other])
        }
        try await house.start { deck, _ in
            await order(deck, .rollback(adapter: "foo", to: own))
            await order(deck, .rollback(adapter: "foo", to: other))
        }
        for _ in 0..<2 { #expect(try await house.start() == ["foo": other]) }
        // A change is news, for a name that was given elsewhere and for one that was unregistered.
        let (news, back) = (try house.put("foo"), try house.put("gone"))
        #expect(try await house.start() == ["foo": news, "gone": back])
    }

    @Test("unregistered, then registered from elsewhere: what stands in the name's place does not come back")
    func unregisteredAndMoved() async throws {
        let house = try House()
        try house.put("foo")
        let other = try house.put("vault/v2")
        try await house.start { deck, _ in
            await order(deck, .unregister(adapter: "foo"))
            await order(deck, .register(name: "foo", path: "vault/v2", overrideBase: false))
        }
        for _ in 0..<2 { #expect(try await house.start() == ["foo": other]) }
    }

    @Test("what was unregistered is not there for a request either, until it changes or is registered again")
    func requests() async throws {
        let house = try House()
        try house.put("gone")
        try house.put("kept")
        try await house.settle("gone")
        try await house.start { deck, served in
            await order(deck, .unregister(adapter: "gone"))
            #expect(served.standing(of: "gone") == nil && served.unregisteredAdapter(named: "gone") == nil)
            let path = house.root.appendingPathComponent("gone").path
            let found = UnregisteredAdapter(
                path: path, trace: try #require(AdapterTrace(path: path, root: nil)), refusal: nil)
            #expect(await !served.register(found, named: "gone", by: "test").succeeded)
        }
        let changed = try house.put("gone")
        try await house.settle("gone")
        try await house.start { deck, served in
            // The start took it in, as it is new.
            #expect(served.standing(of: "gone")?.digest == changed)
            await order(deck, .unregister(adapter: "gone"))
            await order(deck, .register(name: "gone", path: "gone", overrideBase: false))
        }
        #expect(try await house.start()["gone"] == changed)
    }

    @Test(
        "a folder that came while its name was served from elsewhere is what the next start finds; one that stood there then is not"
    )
    func cameLater() async throws {
        let house = try House()
        try house.put("seed")
        let first = try house.put("vault/v1")
        try house.put("foo")
        try await house.settle("foo", "vault/v1")
        // It stands there when the order comes, and nobody registered it before.
        let registry = try Registry.open(
            path: house.folder.appendingPathComponent("deck.sqlite").path, base: house.base.model.digest)
        let deck = try EmbeddedDeck.start(
            house.base, roots: try AdapterRoots(root: house.root, base: house.base, registry: registry),
            compute: try ComputeFlags.parse([]), memoryBytes: 16 << 20, registry: registry)
        await order(deck, .register(name: "foo", path: "vault/v1", overrideBase: false))
        await order(deck, .register(name: "late", path: "vault/v1", overrideBase: false))
        await deck.engine.stop()
        try registry.close()
        let late = try house.put("late")
        let served = try await house.start()
        #expect(served["foo"] == first && served["late"] == late)
    }

    @Test("another root shows its own, and the first root again what was ordered there")
    func twoRoots() async throws {
        let house = try House()
        let (own, other) = (try house.put("foo"), try house.put("vault/v2"))
        try await house.start { deck, _ in
            await order(deck, .register(name: "foo", path: "vault/v2", overrideBase: false))
        }
        let moved = house.folder.appendingPathComponent("elsewhere")
        try FileManager.default.moveItem(at: house.root, to: moved)
        try house.put("foo")
        let fresh = try await house.start()
        #expect(fresh["foo"] != own && fresh["foo"] != other && fresh.count == 1)
    }

    @Test("a folder spelt as macOS spells it is served, found and unregistered under the one form of its name")
    func decomposed() async throws {
        let house = try House()
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let own = try house.put(decomposed)
        let other = try house.put("vault/v2")
        try await house.settle(decomposed)
        try await house.start { deck, served in
            #expect(deck.engine.standings.map { Array($0.name.utf8) } == [Array(composed.utf8)])
            #expect(served.standing(of: decomposed)?.digest == own)
            await order(deck, .register(name: decomposed, path: "vault/v2", overrideBase: false))
            #expect(served.standing(of: composed)?.digest == other)
        }
        try await house.start { deck, served in
            #expect(served.standing(of: composed)?.digest == other)
            await order(deck, .unregister(adapter: composed))
        }
        try await house.start { deck, served in
            #expect(deck.engine.standings.isEmpty && served.unregisteredAdapter(named: composed) == nil)
            await order(deck, .register(name: composed, path: decomposed, overrideBase: false))
        }
        #expect(try await house.start() == [composed: own])
        #expect(AdapterFolder.find(composed, in: house.root)?.path.lastPathComponent == decomposed)
    }
}
