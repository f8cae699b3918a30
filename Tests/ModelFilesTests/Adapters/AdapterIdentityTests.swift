import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// The digest follows the content: nothing else changes it, and every change of the content does.
@Suite struct AdapterIdentityTests {
    @Test func copiesAreTheSameAdapter() throws {
        let forge = AdapterForge()
        let digest = try forge.identity()
        #expect(try forge.identity() == digest)
        var shuffled = forge
        shuffled.config.reverse()
        shuffled.config.append(("peft_version", "\"9.9\""))
        #expect(try shuffled.identity() == digest)
        let order = Array(forge.tensors.keys.sorted().reversed())
        let path = try forge.write(order: order)
        #expect(try AdapterForge.reader().open(path: path, overrideBase: false).read { _, _, _ in } == digest)
        // Worded otherwise, meaning the same.
        #expect(try forge.setting("target_modules", "\".*(q|down)_proj\"").identity() == digest)
        #expect(try forge.setting("r", "1").setting("rank_pattern", "{\".*\": 2}").identity() == digest)
    }

    @Test func everyChangeOfContentIsAnotherAdapter() throws {
        let forge = AdapterForge()
        var digests: Set<Digest> = [try forge.identity()]
        #expect(digests.insert(try forge.setting("lora_alpha", "4.0000001").identity()).inserted)
        #expect(digests.insert(try forge.setting("use_rslora", "true").identity()).inserted)
        for name in forge.tensors.keys {
            var changed = forge
            changed.tensors[name]?.bytes[0] ^= 1
            #expect(digests.insert(try changed.identity()).inserted, "\(name)")
        }
        #expect(digests.insert(try AdapterForge(modules: [.query]).identity()).inserted)
    }

    @Test func aFileThatChangesUnderneathIsRefused() throws {
        let forge = AdapterForge()
        let path = try forge.write()
        let weights = URL(fileURLWithPath: path).appendingPathComponent("adapter_model.safetensors")
        let adapter = try AdapterForge.reader().open(path: path, overrideBase: false)
        // Replaced by a file of the same size.
        try AdapterForge(seed: 2).weights().write(to: weights)
        #expect { try adapter.read { _, _, _ in } } throws: { "\($0)".contains("changed on disk") }
        // Truncated while it is read: no bus error.
        let second = try AdapterForge.reader().open(path: path, overrideBase: false)
        #expect {
            try second.read { index, _, _ in
                if index == 0 { #expect(truncate(weights.path, 600) == 0) }
            }
        } throws: { "\($0)".contains("changed on disk") }
        // Swapped for a symlink to the very same bytes.
        try forge.weights().write(to: weights)
        let third = try AdapterForge.reader().open(path: path, overrideBase: false)
        let moved = weights.appendingPathExtension("moved")
        try FileManager.default.moveItem(at: weights, to: moved)
        try FileManager.default.createSymbolicLink(at: weights, withDestinationURL: moved)
        #expect(throws: AdapterRefusal.self) { try third.read { _, _, _ in } }
    }

    @Test func damageNeverCrashes() throws {
        let forge = AdapterForge()
        let path = try forge.write()
        let folder = URL(fileURLWithPath: path)
        let weights = folder.appendingPathComponent("adapter_model.safetensors")
        let sound = forge.weights()
        let reader = AdapterForge.reader()
        let digest = try forge.identity()
        var generator = SeededGenerator(seed: 11)
        func attempt() -> Digest? {
            try? reader.open(path: path, overrideBase: false).read { _, a, b in
                #expect(a.allSatisfy(\.isFinite) && b.allSatisfy(\.isFinite))
            }
        }
        let headerBytes = sound.count - forge.tensors.values.reduce(0) { $0 + $1.bytes.count }
        for _ in 0..<400 {
            var broken = sound
            let limit = Bool.random(using: &generator) ? headerBytes : sound.count
            let position = Int.random(in: 0..<limit, using: &generator)
            broken[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try broken.write(to: weights)
            // Bits of the free-text metadata do not count; every bit of a weight does.
            if let found = attempt(), position >= headerBytes { #expect(found != digest) }
        }
        for _ in 0..<60 {
            try sound.prefix(Int.random(in: 0..<sound.count, using: &generator)).write(to: weights)
            #expect(attempt() == nil)
        }
        try sound.write(to: weights)
        let config = Data(forge.configText.utf8)
        for _ in 0..<300 {
            var broken = config
            broken[Int.random(in: 0..<config.count, using: &generator)] ^=
                1 << UInt8.random(in: 0..<8, using: &generator)
            try broken.write(to: folder.appendingPathComponent("adapter_config.json"))
            _ = attempt()
        }
        let gguf = GGUFForge().data()
        let file = folder.appendingPathComponent("damaged.gguf")
        for _ in 0..<400 {
            var broken = gguf
            broken[Int.random(in: 0..<gguf.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try broken.write(to: file)
            _ = try? reader.open(path: file.path, overrideBase: false).read { _, _, _ in }
        }
    }

    @Test func aHeaderThatClaimsTerabytes() throws {
        let forge = AdapterForge()
        let path = try forge.write()
        let weights = URL(fileURLWithPath: path).appendingPathComponent("adapter_model.safetensors")
        var data = forge.weights()
        data.replaceSubrange(0..<8, with: withUnsafeBytes(of: UInt64(1 << 42).littleEndian) { Data($0) })
        try data.write(to: weights)
        #expect(throws: AdapterRefusal.self) { try AdapterForge.reader().open(path: path, overrideBase: false) }
    }
}
