import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// llama.cpp's adapter file and the PEFT folder that it was made from are one adapter, on a base of either row order.
@Suite struct GGUFAdapterTests {
    private static let gguf = Fixture.goldens.appendingPathComponent("sql-helper.gguf").path
    private static let folder = Fixture.demoAdapters.appendingPathComponent("sql-helper").path

    private func values(_ adapter: any AdapterContent) throws -> [[Float]] {
        var result: [[Float]] = []
        _ = try adapter.read { _, a, b in
            result.append(Array(a))
            result.append(Array(b))
        }
        return result
    }

    @Test(arguments: [RotaryConfig.Pairing.interleaved, .halves])
    func equalsItsFolder(_ pairing: RotaryConfig.Pairing) throws {
        let reader = DemoBase.reader(pairing)
        let gguf = try reader.open(path: Self.gguf, overrideBase: false)
        let peft = try reader.open(path: Self.folder, overrideBase: false)
        #expect(gguf.shapes == peft.shapes)
        #expect(gguf.facts.format == "gguf" && gguf.facts.verdict == .verified)
        #expect(gguf.facts.declaredBase == "HuggingFaceTB/SmolLM2-135M-Instruct")
        #expect(gguf.facts.alpha == 16)
        #expect(try values(gguf) == values(peft))
    }

    @Test func baseOfHalvesKeepsHuggingFacesRows() throws {
        // Rows of q as the file has them, against rows of q for an interleaved base: the permutation must move some.
        let halves = try values(DemoBase.reader(.halves).open(path: Self.folder, overrideBase: false))
        let interleaved = try values(DemoBase.reader(.interleaved).open(path: Self.folder, overrideBase: false))
        #expect(halves[0] == interleaved[0])
        #expect(halves[1] != interleaved[1])
        // Within head 0 of 64: interleaved row 2j + t is row 32t + j in halves.
        for row in 0..<64 { #expect(interleaved[1][row] == halves[1][(row % 2) * 32 + row / 2]) }
        // v is not rotated.
        #expect(halves[5] == interleaved[5])
    }

    @Test func otherArchitectureIsRefused() throws {
        let base = BaseIdentity(names: ["SmolLM2-135M-Instruct"], digest: DemoBase.digest, architecture: .qwen2)
        let reader = AdapterReader(base: base, config: DemoBase.config(), root: nil)
        #expect {
            try reader.open(path: Self.gguf, overrideBase: false)
        } throws: {
            "\($0)".contains("llama") && "\($0)".contains("qwen2")
        }
    }

    @Test(arguments: [
        ("general.type", "model", "no adapter"), ("adapter.type", "ia3", "only \"lora\""),
        ("adapter.lora.alpha", nil, "alpha is missing"), ("general.architecture", nil, "architecture is missing"),
        ("adapter.alora.invocation_tokens", "x", "invocation tokens"), ("adapter.other", "x", "does not know"),
    ])
    func metadataIsRefused(_ key: String, _ value: String?, _ reason: String) throws {
        var forge = GGUFForge()
        forge.text[key] = value
        if key == "adapter.lora.alpha" { forge.alpha = nil }
        #expect(try forge.refusal()?.contains(reason) == true)
    }

    @Test func soundForgeryOpens() throws { #expect(try GGUFForge().refusal() == nil) }

    @Test(arguments: [
        ("blk.0.attn_q.weight.lora_b", nil, "half of a pair is missing"),
        ("blk.3.attn_q.weight.lora_a", [2, 16], "3 layers"), ("output.weight.lora_a", [2, 16], "no linear layer"),
        ("token_embd.weight.lora_a", [2, 64], "no linear layer"), ("blk.0.attn_q.bias", [16], "not a part of a LoRA"),
        ("blk.0.attn_q.weight.lora_a", [3, 16], "rank 3"), ("blk.0.attn_q.weight.lora_a", [2, 24], "expected [2, 16]"),
        ("blk.0.attn_q.weight.lora_b", [24, 2], "expected [16, 2]"),
    ])
    func tensorIsRefused(_ name: String, _ shape: [Int]?, _ reason: String) throws {
        var forge = GGUFForge()
        forge.tensors.removeAll { $0.name == name }
        if let shape { forge.tensors.append((name, shape, 0)) }
        let refusal = try forge.refusal()
        #expect(refusal?.contains(reason) == true, "\(refusal ?? "opened")")
    }
}

/// What converters leave behind, and what llama.cpp takes otherwise than it is written.
@Suite struct GGUFOddityTests {
    private func inspect(_ forge: GGUFForge) throws -> AdapterInspection {
        let file = try Fixture.temporaryFolder().appendingPathComponent("adapter.gguf")
        try forge.data().write(to: file)
        return try AdapterForge.reader().inspect(path: file.path, overrideBase: false)
    }

    @Test(arguments: ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"])
    func factorsOfTheRotaryEmbeddingArePassedOver(_ name: String) throws {
        let plain = try inspect(GGUFForge())
        var forge = GGUFForge()
        forge.tensors.insert((name, [8], 0), at: 0)
        let inspection = try inspect(forge)
        #expect(inspection.digest == plain.digest && plain.notes.isEmpty)
        #expect(inspection.notes.contains { $0.contains("passed over") && $0.contains(name) })
    }

    @Test(arguments: [
        "blk.0.attn_norm.weight", "output_norm.weight", "rope_freqs.weight.lora_a", "x.rope_freqs.weight",
    ])
    func otherWeightsOfTheModelAreNot(_ name: String) throws {
        var forge = GGUFForge()
        forge.tensors.append((name, [2, 16], 0))
        #expect(try forge.refusal()?.contains(name) == true)
    }

    @Test func factorsAloneAreNoAdapter() throws {
        var forge = GGUFForge()
        forge.tensors = [("rope_freqs.weight", [8], 0)]
        #expect(try forge.refusal()?.contains("holds no tensors of a LoRA") == true)
    }

    @Test func alphaOfNothingIsAScaleOfOne() throws {
        for zero in [Float(0), -0.0] {
            var forge = GGUFForge()
            forge.alpha = zero
            let inspection = try inspect(forge)
            #expect(inspection.modules.map(\.scale) == [1])
            #expect(inspection.notes.contains { $0.contains("alpha is 0: the scale is 1") })
        }
        for alpha in [Float.nan, .infinity] {
            var forge = GGUFForge()
            forge.alpha = alpha
            #expect(try forge.refusal()?.contains("gives no scale") == true)
        }
        #expect(try inspect(GGUFForge()).modules.map(\.scale) == [2])
    }
}

/// Quantised tensors are read as the values that they stand for.
@Suite struct QuantisedAdapterTests {
    private struct Golden: Decodable {
        let type: String
        let id: UInt32
        let blockValues: Int
        let blockBytes: Int
        let bytes: Data
        let values: [Float]

        enum CodingKeys: String, CodingKey {
            case type, bytes, values
            case id = "ggml_type"
            case blockValues = "block_values"
            case blockBytes = "block_bytes"
        }
    }

    /// A base of one block of the largest kind: A is [blocks × width] in every type.
    private static let width = 256
    private static let base = ModelConfig(
        architecture: .llama, layerCount: 1, hiddenSize: width, headCount: 4, kvHeadCount: 4, headSize: 64,
        feedForwardSize: width, vocabularySize: 64, contextLength: 128, normEpsilon: 1e-5,
        rotary: RotaryConfig(theta: 10_000, scaling: .none, pairing: .halves), slidingWindow: nil)

    private func write(_ type: UInt32, a: Data, b: Data, rank: Int) throws -> String {
        var forge = GGUFForge()
        forge.tensors = [
            ("blk.0.attn_q.weight.lora_a", [rank, Self.width], type),
            ("blk.0.attn_q.weight.lora_b", [Self.width, rank], type),
        ]
        forge.content = [a, b]
        let file = try Fixture.temporaryFolder().appendingPathComponent("adapter.gguf")
        try forge.data().write(to: file)
        return file.path
    }

    private func open(_ path: String) throws -> any AdapterContent {
        try AdapterReader(
            base: BaseIdentity(names: ["Forge-1M-Instruct"], digest: DemoBase.digest, architecture: .llama),
            config: Self.base, root: nil
        ).open(path: path, overrideBase: false)
    }

    private static func row(_ row: Int, of values: [Float]) -> ArraySlice<Float> {
        values[row * width..<(row + 1) * width]
    }

    /// Up to the rounding of the products that a block's decoding is made of.
    private static func areEqual(_ mine: ArraySlice<Float>, _ theirs: ArraySlice<Float>) -> Bool {
        zip(mine, theirs).allSatisfy { abs($0 - $1) <= abs($1) * 2e-7 + 1e-12 }
    }

    @Test func everyTypeThatABaseMayHave() throws {
        let goldens: [Golden] = try Fixture.golden("quants.json")
        #expect(goldens.contains { $0.type == "Q8_0" } && goldens.count >= 8)
        for golden in goldens {
            // A and B are square, so that the rows of both are whole blocks.
            let count = Self.width * Self.width
            let blocks = [UInt8](golden.bytes)
            let data = Data((0..<count / golden.blockValues * golden.blockBytes).map { blocks[$0 % blocks.count] })
            let wanted = (0..<count).map { golden.values[$0 % golden.values.count] }
            let adapter = try open(try write(golden.id, a: data, b: data, rank: Self.width))
            var read: [[Float]] = []
            let digest = try adapter.read(knownAs: nil) { _, a, b in read = [a.floats(), b.floats()] }
            #expect(read[0].count == count)
            #expect(Self.areEqual(read[0][...], wanted[...]), "\(golden.type)")
            // The file's rows are interleaved, the base's are halves.
            for row in [0, 1, 31, 32, 63] {
                let from = row < 32 ? 2 * row : 2 * (row - 32) + 1
                let (mine, theirs) = (Self.row(row, of: read[1]), Self.row(from, of: wanted))
                #expect(Self.areEqual(mine, theirs), "\(golden.type)")
            }
            // A known adapter reads the same values.
            var again: [[Float]] = []
            _ = try adapter.read(knownAs: digest) { _, a, b in again = [a.floats(), b.floats()] }
            #expect(again == read)
        }
    }

    @Test func blocksThatStandForNoNumberAreRefused() throws {
        // Q8_0: the scale of every block is infinite.
        let block = Data([0, 0x7C]) + Data(repeating: 1, count: 32)
        let data = Data((0..<Self.width * Self.width / 32).flatMap { _ in block })
        let adapter = try open(try write(8, a: data, b: data, rank: Self.width))
        #expect { try adapter.read(knownAs: nil) { _, _, _ in } } throws: { "\($0)".contains("not finite") }
    }
}

/// Writes small GGUF adapters.
struct GGUFForge {
    var text = [
        "general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora",
        "general.base_model.0.repo_url": "https://huggingface.co/acme/Forge-1M-Instruct",
    ]
    var alpha: Float? = 4
    /// The bytes of each tensor; where there are none, small numbers.
    var content: [Data] = []
    /// Name, shape with the outermost dimension first, ggml type (0 is F32).
    var tensors: [(name: String, shape: [Int], type: UInt32)] = [
        ("blk.0.attn_q.weight.lora_a", [2, 16], 0), ("blk.0.attn_q.weight.lora_b", [16, 2], 0),
    ]

    func data() -> Data {
        var data = Data("GGUF".utf8)
        func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
        func put(_ string: String) {
            put(UInt64(string.utf8.count))
            data.append(contentsOf: string.utf8)
        }
        put(UInt32(3))
        put(UInt64(tensors.count))
        put(UInt64(text.count + (alpha == nil ? 0 : 1)))
        for (key, value) in text.sorted(by: { $0.key < $1.key }) {
            put(key)
            put(UInt32(8))
            put(value)
        }
        if let alpha {
            put("adapter.lora.alpha")
            put(UInt32(6))
            put(alpha.bitPattern)
        }
        var offset = 0
        var sizes: [Int] = []
        for tensor in tensors {
            put(tensor.name)
            put(UInt32(tensor.shape.count))
            for dimension in tensor.shape.reversed() { put(UInt64(dimension)) }
            put(tensor.type)
            put(UInt64(offset))
            let count = tensor.shape.reduce(1, *)
            let bytes = sizes.count < content.count ? content[sizes.count].count : 4 * count
            let size = (bytes + 31) / 32 * 32
            sizes.append(size)
            offset += size
        }
        while data.count % 32 != 0 { data.append(0) }
        // 0x3C000000 is a small finite float; the same bytes are harmless in every type.
        for (index, size) in sizes.enumerated() {
            guard index < content.count else {
                data.append(contentsOf: (0..<size).map { $0 % 4 == 3 ? 0x3C : 0 })
                continue
            }
            data.append(content[index] + Data(count: size - content[index].count))
        }
        return data
    }

    func refusal() throws -> String? {
        let file = try Fixture.temporaryFolder().appendingPathComponent("adapter.gguf")
        try data().write(to: file)
        do {
            _ = try AdapterForge.reader().open(path: file.path, overrideBase: false).read { _, _, _ in }
            return nil
        } catch let refusal as AdapterRefusal {
            return refusal.reason
        }
    }
}
