import DeckCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ModelFiles

/// Copies of versions on disk: whole or not there, judged by what they hold, within their budget.
@Suite("Kept versions") struct KeptVersionsTests {
    private final class Home: Sendable {
        let folder: URL
        let root: URL
        let served = Mutex<[AdapterVersion]>([])

        init() throws {
            folder = try Fixture.temporaryFolder()
            root = folder.appendingPathComponent("loras")
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        var copies: URL { folder.appendingPathComponent("versions") }

        func kept(budget: Int = 1 << 20) throws -> KeptVersions {
            let reader = AdapterForge.reader(try AdapterRoot(path: root.path))
            let copies = try AdapterRoot(path: copies.path)
            return KeptVersions(
                folder: copies.path, budget: budget, copies: AdapterForge.reader(copies), places: { _ in reader },
                served: { [unowned self] in served.withLock { $0 } })
        }

        /// Writes an adapter into the root, over what was there, and tells its version.
        func version(_ name: String = "a", seed: UInt64) throws -> AdapterVersion {
            let path = try AdapterForge(seed: seed).write(to: root.appendingPathComponent(name))
            let content = try AdapterForge.reader().open(path: path, overrideBase: false)
            return AdapterVersion(
                name: name, digest: try content.read(knownAs: nil) { _, _, _ in }, facts: content.facts,
                registered: Date(), files: content.files)
        }

        func bytes() throws -> Int {
            let files = FileManager.default.enumerator(at: copies, includingPropertiesForKeys: [.fileSizeKey])
            return try (files?.allObjects as? [URL] ?? []).reduce(0) {
                let values = try $1.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
                return values.isRegularFile == true ? $0 + (values.fileSize ?? 0) : $0
            }
        }

        func file(_ digest: Digest, _ name: String = "adapter_model.safetensors") -> URL {
            copies.appendingPathComponent(digest.hex).appendingPathComponent(name)
        }
    }

    private func digest(_ kept: KeptVersions, _ digest: Digest) throws -> Digest {
        try kept.open(digest, overrideBase: false).read(knownAs: nil) { _, _, _ in }
    }

    private func refusal(_ body: () throws(AdapterRefusal) -> Void) -> String? {
        do throws(AdapterRefusal) {
            try body()
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("a copy outlives what overwrites, truncates and removes its folder, and another process finds it")
    func outlives() throws {
        let home = try Home()
        let kept = try home.kept()
        let first = try home.version(seed: 1)
        try kept.keep(first, replacing: nil, serving: [])
        let second = try home.version(seed: 2)
        #expect(first.digest != second.digest)
        try kept.keep(second, replacing: first.digest, serving: [])
        // In place, so that a hard link would change too.
        let path = home.root.appendingPathComponent("a/adapter_model.safetensors").path
        #expect(truncate(path, 8) == 0)
        for reader in [kept, try home.kept()] {
            #expect(reader.contents() == [first.digest, second.digest])
            #expect(try digest(reader, first.digest) == first.digest)
            #expect(try digest(reader, second.digest) == second.digest)
        }
        try FileManager.default.removeItem(at: home.root.appendingPathComponent("a"))
        #expect(try digest(kept, second.digest) == second.digest)
        #expect(kept.stranger(inPlaceOf: second)?.contains("no such file") == true)
    }

    @Test("a single .gguf file is kept as one") func gguf() throws {
        let home = try Home()
        let file = home.root.appendingPathComponent("g.gguf")
        try FileManager.default.copyItem(at: Fixture.goldens.appendingPathComponent("sql-helper.gguf"), to: file)
        let root = try AdapterRoot(path: home.root.path)
        let copies = try AdapterRoot(path: home.copies.path)
        let kept = KeptVersions(
            folder: copies.path, budget: 64 << 20, copies: DemoBase.reader(root: copies),
            places: { _ in DemoBase.reader(root: root) }, served: { [] })
        let content = try DemoBase.reader().open(path: file.path, overrideBase: false)
        let version = AdapterVersion(
            name: "g", digest: try content.read(knownAs: nil) { _, _, _ in }, facts: content.facts, registered: Date())
        try kept.keep(version, replacing: nil, serving: [])
        try FileManager.default.removeItem(at: file)
        #expect(try kept.open(version.digest, overrideBase: false).read(knownAs: nil) { _, _, _ in } == version.digest)
    }

    @Test("files that are another version's by now make no copy, and leave nothing behind") func changed() throws {
        let home = try Home()
        let kept = try home.kept()
        let first = try home.version(seed: 1)
        _ = try home.version(seed: 2)
        #expect(
            refusal { () throws(AdapterRefusal) in try kept.keep(first, replacing: nil, serving: []) }
                == "its files changed before they were copied")
        #expect(kept.contents().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.copies.path) == [])
    }

    @Test("a kill -9 in the middle of a copy leaves what the next start ignores and sweeps away") func killed() throws {
        let home = try Home()
        let version = try home.version(seed: 1)
        try home.kept().keep(version, replacing: nil, serving: [])
        // What a killed process was at work on: no process has this number.
        let torn = home.copies.appendingPathComponent(".work-4194305-1")
        try FileManager.default.copyItem(at: home.copies.appendingPathComponent(version.digest.hex), to: torn)
        #expect(truncate(torn.appendingPathComponent("adapter_model.safetensors").path, 100) == 0)
        let again = try home.kept()
        #expect(again.contents() == [version.digest])
        #expect(!FileManager.default.fileExists(atPath: torn.path))
        #expect(try digest(again, version.digest) == version.digest)
    }

    @Test("a damaged copy never passes for the version", arguments: 0..<40) func damaged(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let home = try Home()
        let kept = try home.kept()
        let version = try home.version(seed: 1)
        try kept.keep(version, replacing: nil, serving: [])
        let file = home.file(version.digest, seed % 4 == 0 ? "adapter_config.json" : "adapter_model.safetensors")
        var bytes = try Data(contentsOf: file)
        if Bool.random(using: &generator) {
            bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))
        } else {
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(
                    in: 1...255, using: &generator)
            }
        }
        try bytes.write(to: file)
        // A flip that leaves weights and their meaning alone, such as one in a name that nobody reads, is none.
        let found = try? digest(kept, version.digest)
        let isSame = try? AdapterForge.reader().open(
            path: home.copies.appendingPathComponent(version.digest.hex).path, overrideBase: true
        ).read(knownAs: nil) { _, _, _ in }
        #expect(found == nil || found == isSame)
        #expect(found != version.digest || seed % 4 == 0 || isSame == version.digest)
        kept.discard(version.digest)
        #expect(kept.contents().isEmpty)
        #expect(try home.bytes() == 0)
    }

    @Test("within the budget: first versions only where there is room, later ones make it, the oldest copies first")
    func budget() throws {
        let home = try Home()
        let sample = try home.version("sample", seed: 99)
        let one = AdapterForge(seed: 99).configText.utf8.count + sample.facts.fileBytes
        let kept = try home.kept(budget: 3 * one + one / 2)
        let versions = try (0..<4).map { try home.version("n\($0)", seed: UInt64($0)) }
        for version in versions.prefix(3) { try kept.keep(version, replacing: nil, serving: []) }
        home.served.withLock { $0 = versions }
        let reason = refusal { () throws(AdapterRefusal) in try kept.keep(versions[3], replacing: nil, serving: []) }
        #expect(reason?.contains("is used up") == true)
        #expect(kept.contents() == Set(versions.prefix(3).map(\.digest)))

        // n2 gets new content: room is made, of n0, which is oldest and stands in its own place.
        let newer = try home.version("n2", seed: 50)
        home.served.withLock { $0[2] = newer }
        try kept.keep(newer, replacing: versions[2].digest, serving: [])
        #expect(kept.contents() == [versions[1].digest, versions[2].digest, newer.digest])
        #expect(try home.bytes() <= 3 * one + one / 2)

        // n1's folder is overwritten, and nobody registered that: its copy is all there is of what is served.
        _ = try home.version("n1", seed: 60)
        let third = try home.version("n2", seed: 51)
        home.served.withLock { $0[2] = third }
        try kept.keep(third, replacing: newer.digest, serving: [])
        #expect(kept.contents() == [versions[1].digest, newer.digest, third.digest])
        // What runs is spared too, whoever else must go; then there is no room.
        let fourth = try home.version("n2", seed: 52)
        let full = refusal { () throws(AdapterRefusal) in
            try kept.keep(fourth, replacing: third.digest, serving: [newer.digest])
        }
        #expect(full?.contains("is used up") == true)
        #expect(kept.contents() == [versions[1].digest, newer.digest, third.digest])
    }

    @Test("a budget of nothing keeps nothing new, and what there is can still be opened") func off() throws {
        let home = try Home()
        let version = try home.version(seed: 1)
        try home.kept().keep(version, replacing: nil, serving: [])
        let off = try home.kept(budget: 0)
        let other = try home.version(seed: 2)
        #expect(
            refusal { () throws(AdapterRefusal) in try off.keep(other, replacing: version.digest, serving: []) }
                == "versions-budget is 0")
        #expect(try digest(off, version.digest) == version.digest)
    }

    @Test("what stands in a version's place is told by its content, however often it is touched") func strangers()
        throws
    {
        let home = try Home()
        let kept = try home.kept()
        let first = try home.version(seed: 1)
        #expect(kept.stranger(inPlaceOf: first) == nil)
        let second = try home.version(seed: 2)
        #expect(kept.stranger(inPlaceOf: first) == "the folder holds \(second.digest.short) now")
        #expect(kept.stranger(inPlaceOf: second) == nil)
        // The same bytes again, in files of another time.
        _ = try home.version(seed: 1)
        #expect(kept.stranger(inPlaceOf: first) == nil)
        #expect(truncate(home.root.appendingPathComponent("a/adapter_model.safetensors").path, 50) == 0)
        #expect(kept.stranger(inPlaceOf: first) != nil)
    }

    /// Random overwriting, keeping, damage and restarts: the sum never passes the budget, and what opens is what it says.
    @Test("whatever happens, no copy is another's and the budget holds", arguments: [1, 2, 3] as [UInt64])
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let home = try Home()
        let sample = try home.version("n0", seed: 0)
        let one = AdapterForge(seed: 0).configText.utf8.count + sample.facts.fileBytes
        let budget = 4 * one + 10
        var kept = try home.kept(budget: budget)
        var current: [String: AdapterVersion] = [:]
        var content: UInt64 = 1
        for _ in 0..<60 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let name = "n\(Int.random(in: 0..<3, using: &generator))"
                content += 1
                let version = try home.version(name, seed: content)
                let before = current[name]
                current[name] = version
                home.served.withLock { $0 = Array(current.values) }
                try? kept.keep(version, replacing: before?.digest, serving: [])
            case 6:
                let path = home.root.appendingPathComponent("n\(Int.random(in: 0..<3, using: &generator))")
                try? FileManager.default.removeItem(at: path)
            case 7: if let victim = kept.contents().randomElement(using: &generator) { kept.discard(victim) }
            default: kept = try home.kept(budget: budget)
            }
            for digest in kept.contents() { #expect(try self.digest(kept, digest) == digest) }
            #expect(try home.bytes() <= budget)
        }
    }
}
