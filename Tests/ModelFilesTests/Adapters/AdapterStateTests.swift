import DeckCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ModelFiles

/// When the states of files prove that their content is known, and when they do not.
@Suite struct AdapterStateTests {
    /// A reader to which files look as old as the test says.
    private func reader(after seconds: Int64) -> AdapterReader {
        AdapterReader(
            base: BaseIdentity(names: ["Forge-1M-Instruct"], digest: DemoBase.digest, architecture: .llama),
            config: AdapterForge.base, root: nil,
            clock: { Int64(Date().timeIntervalSince1970 * 1e9) + seconds * 1_000_000_000 })
    }

    private func files(_ path: String, after seconds: Int64 = 60) throws -> [FileState] {
        try reader(after: seconds).open(path: path, overrideBase: false).files
    }

    @Test func everyWriteGivesAnotherState() throws {
        let forge = AdapterForge()
        let path = try forge.write()
        let weights = URL(fileURLWithPath: path).appendingPathComponent("adapter_model.safetensors")
        var seen: Set<[FileState]> = [try files(path)]
        #expect(try files(path).count == 2)
        #expect(seen.contains(try files(path)))
        #expect(try seen.contains(reader(after: 60).look(path: path).files))

        // In place, with the time of modification put back afterwards.
        var before = stat()
        #expect(stat(weights.path, &before) == 0)
        let handle = try FileHandle(forWritingTo: weights)
        try handle.seekToEnd()
        try handle.seek(toOffset: handle.offset() - 1)
        try handle.write(contentsOf: Data([1]))
        try handle.close()
        let times = [before.st_atim, before.st_mtim]
        #expect(utimensat(AT_FDCWD, weights.path, times, 0) == 0)
        #expect(try files(path)[1].modified == seen.first?[1].modified)
        #expect(seen.insert(try files(path)).inserted)
        // Replaced by another file of the same size.
        try AdapterForge(seed: 2).weights().write(to: weights)
        #expect(seen.insert(try files(path)).inserted)
        // The configuration alone.
        try Data(forge.setting("lora_alpha", "8").configText.utf8).write(
            to: URL(fileURLWithPath: path).appendingPathComponent("adapter_config.json"))
        #expect(seen.insert(try files(path)).inserted)
    }

    @Test func freshFilesProveNothing() throws {
        let path = try AdapterForge().write()
        #expect(try files(path, after: 0) == [])
        #expect(try files(path, after: FileState.settlingSeconds - 1) == [])
        #expect(try reader(after: 0).look(path: path).files == [])
        #expect(try !files(path, after: FileState.settlingSeconds + 1).isEmpty)
    }

    @Test func knownContentIsNotHashedButStillWatched() throws {
        let forge = AdapterForge()
        let path = try forge.write()
        let weights = URL(fileURLWithPath: path).appendingPathComponent("adapter_model.safetensors")
        let digest = Digest(bytes: [UInt8](repeating: 3, count: 32))!
        let adapter = try reader(after: 60).open(path: path, overrideBase: false)
        var floats: [Float] = []
        #expect(try adapter.read(knownAs: digest) { _, a, _ in floats += a.floats() } == digest)
        var hashed: [Float] = []
        #expect(try adapter.read { _, a, _ in hashed += Array(a) } != digest)
        #expect(floats == hashed)
        #expect {
            try adapter.read(knownAs: digest) { index, _, _ in
                if index == 0 { #expect(truncate(weights.path, 600) == 0) }
            }
        } throws: { "\($0)".contains("changed on disk") }
    }

    @Test func adaptersOfOneRecipeShareOnlyThePlan() throws {
        let reader = reader(after: 60)
        func open(_ forge: AdapterForge) throws -> (any AdapterContent, Digest) {
            let content = try reader.open(path: try forge.write(), overrideBase: false)
            return (content, try content.read { _, _, _ in })
        }
        let (first, firstDigest) = try open(AdapterForge(seed: 1))
        let (second, secondDigest) = try open(AdapterForge(seed: 2))
        #expect(first.shapes == second.shapes && first.facts.path != second.facts.path)
        #expect(firstDigest != secondDigest)
        #expect(try firstDigest == AdapterForge(seed: 1).identity())
        #expect(try secondDigest == AdapterForge(seed: 2).identity())
        // One number of the configuration, or another header, is another plan.
        let (scaled, scaledDigest) = try open(AdapterForge(seed: 1).setting("lora_alpha", "6"))
        #expect(scaled.facts.scales == 3...3 && scaledDigest != firstDigest)
        let (wider, _) = try open(AdapterForge(rank: 4, seed: 1))
        #expect(wider.facts.ranks == 4...4)
        // So is the same content in another order in the file: only the header's offsets differ.
        let forge = AdapterForge(seed: 1)
        let reversed = try forge.write(order: Array(forge.tensors.keys.sorted().reversed()))
        #expect(try reader.open(path: reversed, overrideBase: false).read { _, _, _ in } == firstDigest)
        // A refusal is found again, and the flag that overrides it changes no other opening.
        let foreign = try AdapterForge().setting("base_model_name_or_path", "\"acme/Forge-7B\"").write()
        for _ in 0..<2 {
            #expect(throws: AdapterRefusal.self) { try reader.open(path: foreign, overrideBase: false) }
            #expect(try reader.open(path: foreign, overrideBase: true).facts.verdict.word == "overridden")
        }
    }
}
