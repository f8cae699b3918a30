import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import Registry
import ServingAPI
import ServingEngine
import TestSupport
import Testing

@testable import loradeck

/// What an adapter root holds, by name: at the start, when a request names it, and in `list` and `verify`.
@Suite("Adapter folders") struct AdapterFolderTests {
    private static let tiny = Fixture.goldens.appendingPathComponent("tiny/tiny-llama3")
    private let top: URL
    private let root: URL
    private let hub: HubForge

    init() throws {
        top = try Fixture.temporaryFolder()
        root = top.appendingPathComponent("root")
        hub = HubForge(root)
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
    }

    private var adapter: URL { Self.tiny.appendingPathComponent("adapter") }

    private func files() throws -> [String: Data] {
        try Dictionary(
            uniqueKeysWithValues: ["adapter_config.json", "adapter_model.safetensors"].map {
                ($0, try Data(contentsOf: adapter.appendingPathComponent($0)))
            })
    }

    private func base() throws -> OpenedBase {
        try OpenedBase(try ModelOptions.parse(["--model", Self.tiny.path]), folders: Folders(environment: [:]))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: root.appendingPathComponent(name).path, withDestinationPath: target)
    }

    /// Whether each name that a scan gives is found again, at the same place.
    private func names() throws -> [String] {
        let found = try AdapterFolder.scan(root)
        for adapter in found { #expect(AdapterFolder.find(adapter.name, in: root) == adapter, "\(adapter.name)") }
        return found.map(\.name)
    }

    @Test("folders, files in any spelling, and links that lead nowhere")
    func plain() throws {
        for name in ["b", "a"] {
            try FileManager.default.copyItem(at: adapter, to: root.appendingPathComponent(name))
        }
        for name in ["x.gguf", "Y.GGUF", "note.txt", ".hidden.gguf"] {
            try Data("GGUF".utf8).write(to: root.appendingPathComponent(name))
        }
        try link("alias", to: "a")
        try link("gone", to: "../nowhere")
        try link("lost.gguf", to: "/nowhere/lost.gguf")
        try link("round", to: "round")
        #expect(try names() == ["Y", "a", "alias", "b", "gone", "lost", "round", "x"])
    }

    @Test("a cache in the root, the root as a cache, and a cache one folder down")
    func caches() throws {
        let deep = HubForge(root.appendingPathComponent("hub"))
        try hub.write(try files(), to: "acme/pirate", revision: "1")
        try hub.write(["config.json": Data("{}".utf8)], to: "acme/base", revision: "1")
        try deep.write(try files(), to: "other/clerk", revision: "1")
        try deep.write(try files(), to: "solo", revision: "1", isMain: false)
        for name in ["datasets--acme--x", ".locks"] {
            try FileManager.default.createDirectory(
                at: root.appendingPathComponent("\(name)/snapshots"), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(at: adapter, to: root.appendingPathComponent("plain"))
        let found = try AdapterFolder.scan(root)
        #expect(found.map(\.name) == ["other/clerk", "solo", "acme/pirate", "plain"])
        #expect(AdapterFolder.find("other/clerk", in: root) == found[0])
        #expect(AdapterFolder.find("acme/pirate", in: root) == found[2])
        #expect(AdapterFolder.find("acme/base", in: root) == nil)
        // One repository as the root.
        #expect(try AdapterFolder.scan(hub.folder("acme/pirate")).map(\.name) == ["acme/pirate"])
        #expect(AdapterFolder.find("acme/pirate", in: hub.folder("acme/pirate"))?.name == "acme/pirate")
        // All of them open, and are called so on a command line too.
        let roots = try AdapterRoots(root: root, base: base())
        for adapter in found { _ = try roots.open(path: adapter.path.path, overrideBase: false) }
        #expect(AdapterFolder.named(hub.folder("acme/pirate")).name == "acme/pirate")
        #expect(
            AdapterFolder.named(hub.folder("acme/pirate").appendingPathComponent("snapshots/1")).name == "acme/pirate")
    }

    @Test(
        "names that could lead elsewhere name nothing",
        arguments: [
            "", ".", "..", "/", "../outside", "a/../../outside", "outside/..", "acme/..", "../acme", "acme/pirate/x",
            "acme//pirate", "/acme/pirate", "acme/pirate/", "acme--pirate", "models--acme--pirate/snapshots/1", "a\0",
            ".locks",
            "a/.git", "snapshots", String(repeating: "x", count: 300),
        ])
    func hostileNames(_ name: String) throws {
        try hub.write(try files(), to: "acme/pirate", revision: "1")
        try FileManager.default.copyItem(at: adapter, to: top.appendingPathComponent("outside"))
        #expect(AdapterFolder.find(name, in: root) == nil)
    }

    @Test("weights that arrive in two halves are served as soon as they are whole")
    func halves() async throws {
        let weights = root.appendingPathComponent("fresh/adapter_model.safetensors")
        try FileManager.default.copyItem(at: adapter, to: root.appendingPathComponent("fresh"))
        let whole = try Data(contentsOf: weights)
        try whole.prefix(whole.count / 2).write(to: weights)
        try hub.write(try files(), to: "acme/pirate", revision: "1")
        let base = try base()
        let registry = try Registry.open(
            path: top.appendingPathComponent("deck.sqlite").path, base: base.model.digest)
        let deck = try EmbeddedDeck.start(
            base, roots: try AdapterRoots(root: root, base: base), compute: try ComputeFlags.parse([]),
            memoryBytes: 16 << 20, registry: registry)
        let served = try ServedDeck(
            deck, root: root, registry: registry, log: FileLog.logger(at: top.appendingPathComponent("log")))
        func order(_ name: String) async throws -> CommandOutcome {
            let found = try #require(served.unregisteredAdapter(named: name))
            return await deck.engine.perform(.register(name: name, path: found.path, overrideBase: false), by: "test")
        }
        #expect(served.unregisteredAdapter(named: "fresh")?.refusal == nil)
        #expect(try await order("fresh").message.contains("truncated"))
        var refused = try #require(served.unregisteredAdapter(named: "fresh"))
        if refused.refusal == nil {
            // The machine was so slow that the files have settled since: they are judged once more, and then for good.
            #expect(try await order("fresh").message.contains("truncated"))
            refused = try #require(served.unregisteredAdapter(named: "fresh"))
        }
        #expect(refused.refusal?.contains("truncated") == true)
        #expect(served.unregisteredAdapter(named: "fresh") == refused)
        let handle = try FileHandle(forWritingTo: weights)
        try handle.seekToEnd()
        try handle.write(contentsOf: whole.dropFirst(whole.count / 2))
        try handle.close()
        #expect(served.unregisteredAdapter(named: "fresh")?.refusal == nil)
        #expect(try await order("fresh").succeeded)
        // A repository by its name.
        #expect(try await order("acme/pirate").succeeded)
        #expect(served.unregisteredAdapter(named: "acme/other") == nil)
        await deck.engine.stop()
        try registry.close()
    }
}
