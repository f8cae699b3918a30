import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Adapters as the hub's cache keeps them: links to blobs, several snapshots, names with an owner.
@Suite struct HubCacheTests {
    private let top: URL
    private let hub: HubForge
    private let forge = AdapterForge()

    init() throws {
        top = try Fixture.temporaryFolder()
        hub = HubForge(top.appendingPathComponent("hub"))
    }

    private func files(_ forge: AdapterForge) -> [String: Data] {
        ["adapter_config.json": Data(forge.configText.utf8), "adapter_model.safetensors": forge.weights()]
    }

    private func digest(_ path: String, root: URL? = nil) throws -> Digest {
        let reader = AdapterForge.reader(try root.map { try AdapterRoot(path: $0.path) })
        return try reader.open(path: path, overrideBase: false).read { _, _, _ in }
    }

    private func refusal(_ path: String, root: URL? = nil) -> String {
        do {
            _ = try digest(path, root: root)
            return "it was opened"
        } catch {
            return "\(error)"
        }
    }

    @Test func aSnapshotNamedOnTheCommandLine() throws {
        let snapshot = try hub.write(files(forge), to: "acme/pirate", revision: "0a1b")
        #expect(try digest(snapshot.path) == forge.identity())
        // By a link to it, and through a folder above that is one.
        let alias = top.appendingPathComponent("alias")
        try FileManager.default.createSymbolicLink(at: alias, withDestinationURL: snapshot)
        #expect(try digest(alias.path) == forge.identity())
        let cache = top.appendingPathComponent("cache")
        try FileManager.default.createSymbolicLink(at: cache, withDestinationURL: hub.cache)
        let path = cache.appendingPathComponent("models--acme--pirate/snapshots/0a1b").path
        #expect(try digest(path) == forge.identity())
        let content = try AdapterForge.reader().open(path: path, overrideBase: false)
        #expect(content.facts.path == path)
    }

    @Test func aRepositoryStandsForItsNewestSnapshot() throws {
        let other = AdapterForge(seed: 2)
        let first = try hub.write(files(forge), to: "acme/pirate", revision: "0a1b")
        try hub.write(files(other), to: "acme/pirate", revision: "ffff", isMain: false)
        let folder = hub.folder("acme/pirate")
        // refs/main first, whatever is newer.
        #expect(try digest(folder.path) == forge.identity())
        #expect(try digest("models--acme--pirate", root: hub.cache) == forge.identity())
        // Without it, and when it names what is not here, the latest by time.
        let main = folder.appendingPathComponent("refs/main")
        let old = Date(timeIntervalSince1970: 1_000_000)
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: first.path)
        for text in ["dead", "../../x", "", " \n", String(repeating: "a", count: 5000)] {
            try Data(text.utf8).write(to: main)
            #expect(try digest(folder.path) == other.identity())
        }
        try Data("0a1b\n".utf8).write(to: main)
        #expect(try digest(folder.path) == forge.identity())
        let content = try AdapterForge.reader(AdapterRoot(path: hub.cache.path))
            .open(path: folder.path, overrideBase: false)
        #expect(content.facts.path == first.path)
    }

    @Test func aGGUFWhoseBlobHasNoEnding() throws {
        let data = GGUFForge().data()
        let snapshot = try hub.write(["lora.gguf": data], to: "acme/gguf", revision: "77")
        for path in [snapshot.path, snapshot.appendingPathComponent("lora.gguf").path, hub.folder("acme/gguf").path] {
            #expect(try digest(path) == digest(snapshot.path))
            #expect(try digest(path, root: hub.cache) == digest(snapshot.path))
        }
        let facts = try AdapterForge.reader().open(path: snapshot.path, overrideBase: false).facts
        #expect(facts.path == snapshot.appendingPathComponent("lora.gguf").path)
        // The blob itself, by its content.
        let blob = try FileManager.default.destinationOfSymbolicLink(atPath: facts.path)
        #expect(try digest(snapshot.appendingPathComponent(blob).path) == digest(snapshot.path))
        // Without an ending it must be one.
        let note = top.appendingPathComponent("note")
        try Data("version https://git-lfs.github.com/spec/v1\n".utf8).write(to: note)
        #expect(refusal(note.path).contains("git lfs pull"))
    }

    @Test func aCopyWithoutItsBlobsNamesTheBrokenLink() throws {
        let snapshot = try hub.write(files(forge), to: "acme/pirate", revision: "0a1b")
        let copy = top.appendingPathComponent("copied")
        try FileManager.default.copyItem(at: snapshot, to: copy)
        for root in [nil, top] {
            let reason = refusal(copy.path, root: root)
            #expect(reason.contains("adapter_config.json is a broken link: its target ../../blobs/"), "\(reason)")
            #expect(reason.contains("cp -rL"))
        }
        // One file of two.
        let config = copy.appendingPathComponent("adapter_config.json")
        try FileManager.default.removeItem(at: config)
        try Data(forge.configText.utf8).write(to: config)
        #expect(refusal(copy.path).contains("adapter_model.safetensors is a broken link"))
    }

    @Test func linksThatLeaveTheRootAreToldWithTheCure() throws {
        let snapshot = try hub.write(files(forge), to: "acme/pirate", revision: "0a1b")
        let root = top.appendingPathComponent("root")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: root.appendingPathComponent("pirate"), withDestinationURL: snapshot)
        let reason = refusal("pirate", root: root)
        #expect(reason.contains("leads out of the adapter root") && reason.contains("cp -rL"), "\(reason)")
        #expect(reason.contains("/pirate is a link to \(snapshot.path)"), "\(reason)")
    }

    @Test func blobsOfAnotherRepositoryAreOutside() throws {
        let mine = try hub.write(files(forge), to: "acme/pirate", revision: "0a1b")
        try hub.write(files(AdapterForge(seed: 9)), to: "evil/twin", revision: "1")
        let weights = mine.appendingPathComponent("adapter_model.safetensors")
        let theirs = hub.folder("evil/twin").appendingPathComponent("blobs")
        let blob = try #require(FileManager.default.contentsOfDirectory(atPath: theirs.path).first)
        for target in ["../../../models--evil--twin/blobs/\(blob)", "/etc/hostname", "../../refs/main"] {
            try FileManager.default.removeItem(at: weights)
            try FileManager.default.createSymbolicLink(atPath: weights.path, withDestinationPath: target)
            #expect(refusal(mine.path).contains("leads out of the adapter root"), "\(target)")
        }
        // A blob that is itself a link out.
        let trap = hub.folder("acme/pirate").appendingPathComponent("blobs/trap")
        try FileManager.default.createSymbolicLink(atPath: trap.path, withDestinationPath: "/etc/hostname")
        try FileManager.default.removeItem(at: weights)
        try FileManager.default.createSymbolicLink(atPath: weights.path, withDestinationPath: "../../blobs/trap")
        #expect(refusal(mine.path).contains("leads out of the adapter root"))
        // A folder that is only called so grants nothing: its blobs are not those of a repository.
        let fake = top.appendingPathComponent("fake/snapshots/x")
        try FileManager.default.createDirectory(at: fake, withIntermediateDirectories: true)
        for (name, data) in files(forge) { try data.write(to: top.appendingPathComponent("fake/\(name)")) }
        try FileManager.default.createDirectory(
            at: top.appendingPathComponent("fake/blobs"), withIntermediateDirectories: true)
        for (name, data) in files(forge) {
            try data.write(to: top.appendingPathComponent("fake/blobs/\(name)"))
            try FileManager.default.createSymbolicLink(
                atPath: fake.appendingPathComponent(name).path, withDestinationPath: "../../blobs/\(name)")
        }
        #expect(refusal(fake.path).contains("leads out of the adapter root"))
    }

    @Test func namesOfRepositories() {
        for (folder, name) in [
            ("models--acme--pirate", "acme/pirate"), ("models--gpt2", "gpt2"), ("models--a--b--c", "a/b--c"),
            ("models--A.b_c--d-e.f", "A.b_c/d-e.f"),
        ] {
            #expect(HubName.name(ofFolder: folder) == name)
            #expect(HubName.folder(of: name) == folder)
        }
        for folder in ["models--", "models----x", "models--a--", "model--a--b", "models--..--x", "models--a--.b", "x"] {
            #expect(HubName.name(ofFolder: folder) == nil, "\(folder)")
        }
        for name in ["", "/", "a/", "/a", "../a", "a/..", "a/b/c", "a--b/c", ".a", "a/.b", "a\0b"] {
            #expect(HubName.folder(of: name) == nil, "\(name)")
        }
    }

    @Test func whatACacheHoldsBesideAdapters() throws {
        try hub.write(files(forge), to: "acme/pirate", revision: "1")
        try hub.write(["config.json": Data("{}".utf8)], to: "acme/base", revision: "1")
        try hub.write(["adapter_model.bin": Data([0x80, 2])], to: "acme/pickle", revision: "1")
        let empty = hub.folder("acme/empty")
        try FileManager.default.createDirectory(
            at: empty.appendingPathComponent("snapshots"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: hub.folder("acme/nothing"), withIntermediateDirectories: true)
        let found = HubRepository.all(in: hub.cache.path)
        #expect(found.map(\.name) == ["acme/base", "acme/empty", "acme/pickle", "acme/pirate"])
        #expect(found.map(\.holdsAdapter) == [false, true, true, true])
        #expect(refusal(empty.path).contains("without a snapshot: download acme/empty again"))
        #expect(refusal(hub.folder("acme/pickle").path).contains("is a pickle"))
        #expect(refusal(hub.folder("acme/base").path).contains("looks like a whole model"))
        #expect(refusal(hub.cache.path).contains("is a Hugging Face cache: give it as the adapter root"))
    }
}
