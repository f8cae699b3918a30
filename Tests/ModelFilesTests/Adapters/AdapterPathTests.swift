import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Nothing is read from outside the root, and nothing that is no adapter.
@Suite struct AdapterPathTests {
    private let top: URL
    private let root: URL

    init() throws {
        top = try Fixture.temporaryFolder()
        root = top.appendingPathComponent("root")
        try AdapterForge().write(to: root.appendingPathComponent("good"))
        try AdapterForge().write(to: top.appendingPathComponent("outside"))
        try AdapterForge().write(to: top.appendingPathComponent("root-twin"))
    }

    private func refusal(_ path: String, root: URL?) throws -> String? {
        let reader = AdapterForge.reader(try root.map { try AdapterRoot(path: $0.path) })
        do {
            _ = try reader.open(path: path, overrideBase: false)
            return nil
        } catch {
            return error.reason
        }
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: root.appendingPathComponent(name).path, withDestinationPath: target)
    }

    @Test func insideTheRoot() throws {
        #expect(try refusal("good", root: root) == nil)
        #expect(try refusal("./good/", root: root) == nil)
        #expect(try refusal("good/../good", root: root) == nil)
        #expect(try refusal(root.appendingPathComponent("good").path, root: root) == nil)
        try link("alias", to: "good")
        #expect(try refusal("alias", root: root) == nil)
    }

    @Test func outsideTheRoot() throws {
        let reason = "leads out of the adapter root"
        #expect(try refusal("../outside", root: root)?.contains(reason) == true)
        #expect(try refusal("good/../../outside", root: root)?.contains(reason) == true)
        #expect(try refusal(top.appendingPathComponent("outside").path, root: root)?.contains(reason) == true)
        #expect(try refusal(top.appendingPathComponent("root-twin").path, root: root)?.contains(reason) == true)
        #expect(try refusal("/etc", root: root)?.contains(reason) == true)
        #expect(try refusal("/does/not/exist", root: root)?.contains(reason) == true)
        try link("escape", to: "../outside")
        #expect(try refusal("escape", root: root)?.contains(reason) == true)
        try link("absolute", to: top.appendingPathComponent("outside").path)
        #expect(try refusal("absolute", root: root)?.contains(reason) == true)
    }

    @Test(arguments: ["adapter_config.json", "adapter_model.safetensors"])
    func aFileThatLinksOut(_ name: String) throws {
        let folder = root.appendingPathComponent("linked")
        try AdapterForge().write(to: folder)
        let file = folder.appendingPathComponent(name)
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createSymbolicLink(
            atPath: file.path, withDestinationPath: top.appendingPathComponent("outside/\(name)").path)
        // Under the shared root, and as its own root.
        #expect(try refusal("linked", root: root)?.contains("leads out") == true)
        #expect(try refusal(folder.path, root: nil)?.contains("leads out") == true)
    }

    @Test func anotherAdaptersFileIsOutsideItsOwnRootButInsideASharedOne() throws {
        let folder = root.appendingPathComponent("sharing")
        try AdapterForge().write(to: folder)
        let file = folder.appendingPathComponent("adapter_model.safetensors")
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createSymbolicLink(
            atPath: file.path, withDestinationPath: "../good/adapter_model.safetensors")
        #expect(try refusal("sharing", root: root) == nil)
        #expect(try refusal(folder.path, root: nil)?.contains("leads out") == true)
    }

    @Test func aRootBehindASymlink() throws {
        let alias = top.appendingPathComponent("root-link")
        try FileManager.default.createSymbolicLink(at: alias, withDestinationURL: root)
        #expect(try refusal("good", root: alias) == nil)
        #expect(try refusal(alias.appendingPathComponent("good").path, root: alias) == nil)
        #expect(throws: AdapterRefusal.self) {
            try AdapterRoot(path: root.appendingPathComponent("good/adapter_config.json").path)
        }
        #expect(throws: AdapterRefusal.self) { try AdapterRoot(path: top.appendingPathComponent("nowhere").path) }
    }

    @Test func strangePaths() throws {
        for path in ["", "\0", "good\0/x", String(repeating: "x", count: 5000), "missing"] {
            #expect(try refusal(path, root: root) != nil)
            #expect(try refusal(path, root: nil) != nil)
        }
    }

    @Test func picklesAreRefusedWithTheConversion() throws {
        let folder = root.appendingPathComponent("pickled")
        try AdapterForge().write(to: folder)
        let weights = folder.appendingPathComponent("adapter_model.safetensors")
        let pickle = folder.appendingPathComponent("adapter_model.bin")
        try FileManager.default.removeItem(at: weights)
        try Data([0x80, 2, 0x7D]).write(to: pickle)
        let reason = try refusal("pickled", root: root)
        #expect(reason?.contains("is a pickle") == true && reason?.contains("safe_serialization=True") == true)
        #expect(try refusal(pickle.path, root: nil)?.contains("is a pickle") == true)
        // A pickle by another name.
        try FileManager.default.moveItem(at: pickle, to: weights)
        #expect(try refusal("pickled", root: root)?.contains("pickle") == true)
    }

    @Test func whatIsNoAdapter() throws {
        let empty = root.appendingPathComponent("empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: false)
        #expect(try refusal("empty", root: root)?.contains("no adapter_config.json") == true)
        try Data("hi".utf8).write(to: root.appendingPathComponent("note.txt"))
        #expect(try refusal("note.txt", root: root)?.contains("PEFT folder or a .gguf") == true)
        #expect(try refusal("/dev/null", root: nil)?.contains("neither") == true)
    }

    @Test func aPipeInTheWeightsPlaceDoesNotHang() throws {
        let folder = root.appendingPathComponent("pipe")
        try AdapterForge().write(to: folder)
        for name in ["adapter_model.safetensors", "adapter_config.json"] {
            let file = folder.appendingPathComponent(name).path
            try FileManager.default.removeItem(atPath: file)
            #expect(mkfifo(file, 0o600) == 0)
            #expect(try refusal("pipe", root: root)?.contains("not a regular file") == true)
        }
    }

    @Test func ggufInAFolder() throws {
        let folder = root.appendingPathComponent("gguf")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try GGUFForge().data().write(to: folder.appendingPathComponent("adapter.gguf"))
        #expect(try refusal("gguf", root: root) == nil)
        #expect(try refusal("gguf/adapter.gguf", root: root) == nil)
    }
}
