import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import Registry
import ServingEngine
import TestSupport
import Testing

@testable import loradeck

/// A root of adapters that is registered, and then looked at again.
@Suite("Registration") struct RegistrationTests {
    private static let tiny = Fixture.goldens.appendingPathComponent("tiny/tiny-llama3")

    private final class Root {
        let folder: URL
        let adapters: URL
        let base: OpenedBase

        init(_ names: [String]) throws {
            folder = try Fixture.temporaryFolder()
            adapters = folder.appendingPathComponent("loras")
            base = try OpenedBase(
                try ModelOptions.parse(["--model", RegistrationTests.tiny.path]), folders: Folders(environment: [:]))
            try FileManager.default.createDirectory(at: adapters, withIntermediateDirectories: true)
            for name in names {
                let to = adapters.appendingPathComponent(name)
                try FileManager.default.copyItem(at: RegistrationTests.tiny.appendingPathComponent("adapter"), to: to)
            }
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        /// Registers what is new, and returns the names of those whose weights were read, and the refusals.
        func start() async throws -> (read: [String], refused: [String]) {
            let registry = try Registry.open(
                path: folder.appendingPathComponent("deck.sqlite").path, base: base.model.digest)
            defer { try? registry.close() }
            let before = try registry.recentEvents(limit: 10_000).last?.id ?? 0
            let found = try AdapterFolder.scan(adapters)
            let deck = try EmbeddedDeck.start(
                base, roots: try AdapterRoots(root: adapters, base: base), compute: try ComputeFlags.parse([]),
                memoryBytes: 16 << 20, registry: registry)
            let report = await deck.registerNew(found, overrideBase: false, registry: registry, by: "test")
            await deck.engine.stop()
            let events = try registry.recentEvents(limit: 10_000).filter { $0.id > before }
            return (
                events.filter { $0.kind == .register }.compactMap(\.subject).sorted(),
                report.refused.map(\.adapter.name)
            )
        }

        func weights(_ name: String) -> String {
            adapters.appendingPathComponent(name).appendingPathComponent("adapter_model.safetensors").path
        }

        /// Waits until no file is so fresh that its state proves nothing.
        func settle() async throws {
            let fresh = { [adapters, base] in
                guard let found = try? AdapterFolder.scan(adapters) else { return false }
                let reader = base.reader(root: nil)
                return found.contains { (try? reader.look(path: $0.path.path).files.isEmpty) ?? true }
            }
            while fresh() { try await Task.sleep(for: .milliseconds(50)) }
        }
    }

    @Test("a second start opens no weights; what changed, and only that, is read again")
    func secondStart() async throws {
        let names = (0..<20).map { "a\($0)" }
        let root = try Root(names)
        try await root.settle()
        let first = try await root.start()
        #expect(first.read == names.sorted() && first.refused.isEmpty)
        let second = try await root.start()
        #expect(second.read.isEmpty && second.refused.isEmpty)

        // Same size, and the time of modification put back: still noticed.
        let path = root.weights("a7")
        var before = stat()
        #expect(stat(path, &before) == 0)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        let end = try handle.seekToEnd()
        try handle.seek(toOffset: end - 1)
        let last = try handle.read(upToCount: 1) ?? Data([0])
        try handle.seek(toOffset: end - 1)
        try handle.write(contentsOf: Data([last[last.startIndex] ^ 0x80]))
        try handle.close()
        #expect(utimensat(AT_FDCWD, path, [before.st_atim, before.st_mtim], 0) == 0)
        try FileManager.default.copyItem(
            at: Self.tiny.appendingPathComponent("adapter"), to: root.adapters.appendingPathComponent("new"))
        try await root.settle()
        let third = try await root.start()
        #expect(third.read == ["a7", "new"] && third.refused.isEmpty)
        #expect(try await root.start().read.isEmpty)
    }

    @Test("files that prove nothing, for they may still be written, are read again at every start")
    func fresh() async throws {
        let root = try Root(["a"])
        // A time of modification that is still to come.
        let future = Date().addingTimeInterval(3600)
        try FileManager.default.setAttributes([.modificationDate: future], ofItemAtPath: root.weights("a"))
        for _ in 0..<2 { #expect(try await root.start().read == ["a"]) }
        try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: root.weights("a"))
        try await root.settle()
        #expect(try await root.start().read == ["a"])
        #expect(try await root.start().read.isEmpty)
    }

    @Test("one that is refused keeps nobody else from being registered")
    func refused() async throws {
        let root = try Root(["a", "b", "c"])
        #expect(truncate(root.weights("b"), 100) == 0)
        let start = try await root.start()
        #expect(start.read == ["a", "c"] && start.refused == ["b"])
    }
}
