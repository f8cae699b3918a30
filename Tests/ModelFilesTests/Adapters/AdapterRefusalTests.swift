import DeckCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ModelFiles

/// A refusal is remembered with the states of the files that it judged.
@Suite struct AdapterRefusalTests {
    private let root: URL
    private let folder: URL
    private let reader: AdapterReader
    private let forge = AdapterForge()
    private var weights: URL { folder.appendingPathComponent("adapter_model.safetensors") }

    init() throws {
        root = try Fixture.temporaryFolder()
        folder = root.appendingPathComponent("fresh")
        reader = try Self.reader(root, after: 60)
        try forge.write(to: folder)
    }

    /// A reader to which files look as old as the test says.
    private static func reader(_ root: URL, after seconds: Int64) throws -> AdapterReader {
        AdapterReader(
            base: BaseIdentity(names: ["Forge-1M-Instruct"], digest: DemoBase.digest, architecture: .llama),
            config: AdapterForge.base, root: try AdapterRoot(path: root.path),
            clock: { Int64(Date().timeIntervalSince1970 * 1e9) + seconds * 1_000_000_000 })
    }

    private func remembered(_ reader: AdapterReader? = nil) throws -> String? {
        let reader = reader ?? self.reader
        return reader.refusal(path: folder.path, try #require(reader.trace(path: folder.path)))
    }

    private func open(_ reader: AdapterReader? = nil) throws {
        _ = try (reader ?? self.reader).open(path: folder.path, overrideBase: false).read { _, _, _ in }
    }

    @Test func weightsThatCameInTwoHalves() throws {
        let whole = forge.weights()
        for cut in [4, 100, whole.count / 2, whole.count - 1] {
            try whole.prefix(cut).write(to: weights)
            #expect(try remembered() == nil)
            #expect(throws: AdapterRefusal.self) { try open() }
            #expect(try remembered()?.contains("truncated") == true)
            #expect(try remembered() == remembered())
            let handle = try FileHandle(forWritingTo: weights)
            try handle.seekToEnd()
            try handle.write(contentsOf: whole.dropFirst(cut))
            try handle.close()
            #expect(try remembered() == nil)
            try open()
        }
    }

    @Test func everyFileOfTheAdapterCounts() throws {
        let config = folder.appendingPathComponent("adapter_config.json")
        try Data("{".utf8).write(to: config)
        #expect(throws: AdapterRefusal.self) { try open() }
        #expect(try remembered() != nil)
        try Data(forge.configText.utf8).write(to: config)
        #expect(try remembered() == nil)
        // A file that was missing, and one that is now.
        try FileManager.default.removeItem(at: weights)
        #expect(throws: AdapterRefusal.self) { try open() }
        #expect(try remembered()?.contains("holds no adapter_model") == true)
        try forge.weights().write(to: weights)
        #expect(try remembered() == nil)
        // What a link leads to.
        let blob = root.appendingPathComponent("blob")
        try FileManager.default.removeItem(at: weights)
        try FileManager.default.createSymbolicLink(at: weights, withDestinationURL: blob)
        #expect(throws: AdapterRefusal.self) { try open() }
        #expect(try remembered()?.contains("broken link") == true)
        try forge.weights().write(to: blob)
        #expect(try remembered() == nil)
        try open()
    }

    @Test func weightsThatAreNotFinite() throws {
        var broken = forge
        let name = AdapterForge.tensor("model.layers.0.self_attn.q_proj", "A")
        broken.tensors[name] = AdapterForge.Tensor([2, 16]) { _ in .nan }
        try broken.weights().write(to: weights)
        #expect(throws: AdapterRefusal.self) { try open() }
        #expect(try remembered()?.contains("not finite") == true)
        try forge.weights().write(to: weights)
        #expect(try remembered() == nil)
    }

    @Test func whatWasJudgedWhileItWasFreshIsJudgedOnceMore() throws {
        let clock = TestTime()
        let reader = AdapterReader(
            base: BaseIdentity(names: ["Forge-1M-Instruct"], digest: DemoBase.digest, architecture: .llama),
            config: AdapterForge.base, root: try AdapterRoot(path: root.path), clock: { clock.now })
        try Data("{".utf8).write(to: folder.appendingPathComponent("adapter_config.json"))
        #expect(throws: AdapterRefusal.self) { try open(reader) }
        #expect(try remembered(reader) != nil)
        // A write in the same tick might not show; now it would.
        clock.advance(seconds: FileState.settlingSeconds + 600)
        #expect(try remembered(reader) == nil)
        #expect(throws: AdapterRefusal.self) { try open(reader) }
        clock.advance(seconds: 1_000_000)
        #expect(try remembered(reader) != nil)
    }

    @Test func anOverrideIsAnotherQuestion() throws {
        try Data(forge.setting("base_model_name_or_path", "\"acme/Forge-7B\"").configText.utf8)
            .write(to: folder.appendingPathComponent("adapter_config.json"))
        _ = try reader.open(path: folder.path, overrideBase: true)
        #expect(try remembered() == nil)
        #expect(throws: AdapterRefusal.self) { try open() }
        #expect(try remembered() != nil)
        _ = try reader.open(path: folder.path, overrideBase: true)
    }

    @Test func aSnapshotThatArrives() throws {
        let hub = HubForge(root)
        let files = ["adapter_config.json": Data(forge.configText.utf8), "adapter_model.safetensors": forge.weights()]
        try hub.write(["adapter_config.json": Data("{}".utf8)], to: "acme/new", revision: "1")
        let path = hub.folder("acme/new").path
        func known() throws -> String? { reader.refusal(path: path, try #require(reader.trace(path: path))) }
        #expect(throws: AdapterRefusal.self) { try reader.open(path: path, overrideBase: false) }
        #expect(try known() != nil)
        try hub.write(files, to: "acme/new", revision: "2")
        #expect(try known() == nil)
        _ = try reader.open(path: path, overrideBase: false)
    }

    @Test func whatTheSystemCouldNotDoIsNotRemembered() {
        #expect(!AdapterRefusal(path: "x", errno: EMFILE).isLasting && !AdapterRefusal(path: "x", errno: EIO).isLasting)
        #expect(AdapterRefusal("x").isLasting && AdapterRefusal(ModelFileError(path: "x", "y")).isLasting)
        #expect(!AdapterRefusal(ModelFileError(path: "x", "y", isLasting: false)).isLasting)
        #expect(reader.trace(path: "/etc") == nil)
    }
}

/// A time that only the test moves.
private final class TestTime: Sendable {
    private let nanoseconds = Mutex(Int64(Date().timeIntervalSince1970 * 1e9))

    var now: Int64 { nanoseconds.withLock { $0 } }
    func advance(seconds: Int64) { nanoseconds.withLock { $0 += seconds * 1_000_000_000 } }
}
