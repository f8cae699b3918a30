import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Links on the way to an adapter: of a mount, broken, in circles, and hostile.
@Suite struct AdapterLinkTests {
    private let top: URL
    private let root: URL
    private let forge = AdapterForge()

    init() throws {
        top = try Fixture.temporaryFolder()
        root = top.appendingPathComponent("root")
        try forge.write(to: root.appendingPathComponent("good"))
        try AdapterForge(seed: 66).write(to: top.appendingPathComponent("outside"))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: root.appendingPathComponent(name).path, withDestinationPath: target)
    }

    private func open(_ path: String, own: Bool = false) throws -> any AdapterContent {
        try AdapterForge.reader(own ? nil : AdapterRoot(path: root.path)).open(path: path, overrideBase: false)
    }

    private func refusal(_ path: String, own: Bool = false) -> String {
        do {
            _ = try open(path, own: own)
            return "it was opened"
        } catch {
            return "\(error)"
        }
    }

    /// As Kubernetes lays out a volume: every file is a link through `..data`, which is exchanged for another.
    private func mount(_ folder: URL, _ forge: AdapterForge, generation: String) throws {
        try forge.write(to: folder.appendingPathComponent(generation))
        let data = folder.appendingPathComponent("..data")
        try? FileManager.default.removeItem(at: data)
        try FileManager.default.createSymbolicLink(atPath: data.path, withDestinationPath: generation)
        for name in ["adapter_config.json", "adapter_model.safetensors"] {
            let file = folder.appendingPathComponent(name)
            try? FileManager.default.removeItem(at: file)
            try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "..data/\(name)")
        }
    }

    @Test func aMountedVolumeIsReadThroughItsLinks() throws {
        let volume = root.appendingPathComponent("mounted")
        try mount(volume, forge, generation: "..2026_11_28_10_00_00.1")
        for own in [true, false] { #expect(try open(volume.path, own: own).read { _, _, _ in } == forge.identity()) }
        // A volume of whole folders.
        try link("whole", to: "mounted/..data")
        let before = try open("whole")
        #expect(before.facts.path == root.path + "/whole")
        // The volume is exchanged: the same name, the new content, and the old generation is gone.
        let next = AdapterForge(seed: 5)
        try mount(volume, next, generation: "..2026_11_28_11_00_00.2")
        try FileManager.default.removeItem(at: volume.appendingPathComponent("..2026_11_28_10_00_00.1"))
        for path in [before.facts.path, "mounted", volume.path] {
            #expect(try open(path).read { _, _, _ in } == next.identity())
        }
    }

    @Test func brokenLinksAreNamedWithTheirTarget() throws {
        try link("gone", to: "../nowhere/adapter")
        try link("gone.gguf", to: "files/x.gguf")
        try link("chained", to: "gone")
        try link("through", to: "good/adapter_config.json/x")
        for (name, target) in [
            ("gone", "../nowhere/adapter"), ("gone.gguf", "files/x.gguf"), ("chained", "gone"),
            ("gone/inner", "../nowhere"),
            ("through", "good/adapter_config.json/x"),
        ] {
            for path in [name, root.appendingPathComponent(name).path] {
                let reason = refusal(path)
                #expect(reason.contains("is a broken link: its target \(target)"), "\(reason)")
            }
            #expect(refusal(root.appendingPathComponent(name).path, own: true).contains("is a broken link"))
        }
        #expect(refusal("missing").contains("missing: no such file or folder"))
    }

    @Test func linksInACircleEnd() throws {
        try link("self", to: "self")
        try link("a", to: "b")
        try link("b", to: "a")
        for name in ["self", "a", "b", "a/x"] {
            #expect(refusal(name).contains("leads round in a circle"), "\(refusal(name))")
        }
        let folder = root.appendingPathComponent("inner")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try link("inner/adapter_config.json", to: "adapter_config.json")
        #expect(refusal("inner").contains("adapter_config.json is a link that leads round in a circle"))
    }

    @Test func endingsInCapitals() throws {
        try GGUFForge().data().write(to: root.appendingPathComponent("Foo.GGUF"))
        #expect(try open("Foo.GGUF").facts.format == "gguf")
        let folder = root.appendingPathComponent("Shouting")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try GGUFForge().data().write(to: folder.appendingPathComponent("A.Gguf"))
        #expect(try open("Shouting").facts.path == folder.path + "/A.Gguf")
        let peft = root.appendingPathComponent("peft")
        try FileManager.default.createDirectory(at: peft, withIntermediateDirectories: true)
        try Data(forge.configText.utf8).write(to: peft.appendingPathComponent("Adapter_Config.JSON"))
        try forge.weights().write(to: peft.appendingPathComponent("adapter_model.SafeTensors"))
        #expect(try open("peft").read { _, _, _ in } == forge.identity())
        // The plain name wins; two that differ in case only are no choice.
        try Data("{}".utf8).write(to: peft.appendingPathComponent("ADAPTER_CONFIG.json"))
        #expect(refusal("peft").contains("holds no adapter_config.json"))
        try Data(forge.configText.utf8).write(to: peft.appendingPathComponent("adapter_config.json"))
        #expect(try open("peft").read { _, _, _ in } == forge.identity())
        try Data([0x80, 2]).write(to: root.appendingPathComponent("Old.BIN"))
        #expect(refusal("Old.BIN").contains("is a pickle"))
    }

    @Test func whatTheFolderIsInstead() throws {
        func folder(_ name: String, _ files: [String]) throws {
            let folder = root.appendingPathComponent(name)
            for file in files {
                let path = folder.appendingPathComponent(file)
                try FileManager.default.createDirectory(
                    at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("{}".utf8).write(to: path)
            }
        }
        for (name, files, reason) in [
            ("mlx", ["adapters.safetensors", "adapter_config.json"], "an adapter of MLX"),
            ("model", ["config.json", "model.safetensors"], "whole model, which --model takes"),
            ("trainer", ["checkpoint-500/adapter_config.json", "log.txt"], "its folder checkpoint-500 does"),
            ("headless", ["adapter_model.safetensors"], "download the configuration too"),
            ("bodiless", ["adapter_config.json"], "download the weights too"),
            ("two", ["a.gguf", "b.GGUF"], "holds 2 GGUF files; name one: a.gguf, b.GGUF"),
        ] {
            try folder(name, files)
            #expect(refusal(name).contains(reason), "\(refusal(name))")
        }
        #expect(refusal("headless/adapter_model.safetensors").contains("name the folder that holds it"))
        #expect(refusal("bodiless/adapter_config.json").contains("name the folder that holds it"))
    }

    /// A tree of random links: whatever they do, nothing of outside is read, and every way ends.
    @Test(arguments: 0..<UInt64(40)) func hostileTrees(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let folders = ["w", "w/x", "w/x/y", "z"]
        for folder in folders {
            try FileManager.default.createDirectory(
                at: root.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        let names = [
            "adapter_config.json", "adapter_model.safetensors", "l", "m", "snapshots", "models--a--b", "n.gguf",
        ]
        let targets = [
            ".", "..", "../..", "../../..", "l", "m", "../l", "../outside", "../../outside", "w/x/y/l", "/",
            "/etc/passwd",
            top.path + "/outside", top.path + "/outside/adapter_config.json", "good", "../good/adapter_config.json",
            "good/adapter_model.safetensors", root.path + "/good", "..data", "models--a--b", "missing", "x/../../l",
        ]
        var places: [String] = []
        for folder in [""] + folders.map({ $0 + "/" }) {
            for name in names where Bool.random(using: &generator) {
                let target = targets.randomElement(using: &generator) ?? "."
                try link(folder + name, to: target)
                places.append(folder + name)
            }
        }
        let theirs = try AdapterForge(seed: 66).identity()
        let reader = AdapterForge.reader(try AdapterRoot(path: root.path))
        for place in places + folders + [".", "l/m/l", "w/l/../m", "m/m/m/m/m/m"] {
            for path in [place, root.path + "/" + place] {
                _ = reader.trace(path: path)
                if let content = try? reader.open(path: path, overrideBase: false) {
                    #expect(try content.read { _, _, _ in } != theirs, "\(path)")
                    #expect(content.facts.path == root.path || content.facts.path.hasPrefix(root.path + "/"))
                }
            }
        }
    }
}
