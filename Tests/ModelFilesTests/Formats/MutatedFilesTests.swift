import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Two thousand damaged files of each kind: each is refused in words, or read. A trap or a hang would end the run.
@Suite struct MutatedFilesTests {
    private static let count = 2_000

    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Calls `read` with damaged copies of `sound`, and counts what was refused. Some always are, and some never.
    private func damage(
        _ sound: Data, seed: UInt64, _ read: (Data) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: Never.self, sourceLocation: sourceLocation) { try read(sound) }
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<Self.count {
            do { try read(Mutation.random(of: sound, &generator)) } catch {
                refused += 1
                #expect(!"\(error)".isEmpty, sourceLocation: sourceLocation)
            }
        }
        #expect((1..<Self.count).contains(refused), sourceLocation: sourceLocation)
    }

    @Test func weightsOfAdapters() throws {
        let forge = AdapterForge()
        let path = try forge.write(to: folder.url.appendingPathComponent("adapter"))
        damage(forge.weights(), seed: 1) { data in
            try folder.write(data, as: "adapter/\(PEFTAdapter.weightsName)")
            try AdapterForge.reader().open(path: path, overrideBase: false).read { _, _, _ in }
        }
    }

    @Test func configurationsOfAdapters() throws {
        let forge = AdapterForge()
        let path = try forge.write(to: folder.url.appendingPathComponent("adapter"))
        damage(Data(forge.configText.utf8), seed: 2) { data in
            try folder.write(data, as: "adapter/\(PEFTConfig.fileName)")
            _ = try AdapterForge.reader().open(path: path, overrideBase: false)
        }
    }

    @Test func modelsInGGUF() throws {
        // The head, where counts, keys and shapes are.
        let sound = TinyModel.gguf(architecture: "qwen3").build()
        damage(sound.prefix(3_000), seed: 3) { head in
            _ = try BaseModel.open(path: try folder.write(head + sound.dropFirst(3_000), as: "model.gguf"))
        }
    }

    @Test func configurationsOfModels() throws {
        try folder.write(SafetensorsBuilder(TinyModel.safetensors()).build(), as: "model.safetensors")
        damage(TinyModel.json(TinyModel.config), seed: 4) { data in
            try folder.write(data, as: "config.json")
            _ = try BaseModel.open(path: folder.url.path)
        }
    }

    @Test func tokenizers() throws {
        let sound = """
            {"added_tokens": [{"id": 3, "content": "<end>", "special": true}], "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
            """
        damage(Data(sound.utf8), seed: 5) { data in
            let path = try folder.write(data, as: "tokenizer.json")
            _ = try TokenizerFile.read(tokenizerJSON: path).encode("abba <end>", parsingSpecials: true)
        }
    }
}

/// What copies, editors and downloads do to files, and what somebody does who wants harm.
private enum Mutation {
    private static let spans = ["null", "{}", "[]", "-1", "1e308", "99999999999999999999", "\"", "\u{FFFD}", "\0"]

    static func random(of sound: Data, _ generator: inout SeededGenerator) -> Data {
        var bytes = [UInt8](sound)
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.removeSubrange(place...)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3: bytes.replaceSubrange(place..<end, with: Array(spans.randomElement(using: &generator)?.utf8 ?? "".utf8))
        case 4: for index in place..<end { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
        default:
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return Data(bytes)
    }
}
