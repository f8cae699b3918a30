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

    @Test func quantisedTensorIsRefusedByItsType() throws {
        var forge = GGUFForge()
        forge.tensors[0] = (forge.tensors[0].name, [2, 32], 8)
        #expect(try forge.refusal()?.contains("Q8_0") == true)
    }
}

/// Writes small GGUF adapters.
struct GGUFForge {
    var text = [
        "general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora",
        "general.base_model.0.repo_url": "https://huggingface.co/acme/Forge-1M-Instruct",
    ]
    var alpha: Float? = 4
    /// Name, shape with the outermost dimension first, ggml type (0 is F32, 8 is Q8_0).
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
            let size = ((tensor.type == 8 ? count / 32 * 34 : 4 * count) + 31) / 32 * 32
            sizes.append(size)
            offset += size
        }
        while data.count % 32 != 0 { data.append(0) }
        // 0x3C000000 is a small finite float; the same bytes are harmless in every type.
        for size in sizes { data.append(contentsOf: (0..<size).map { $0 % 4 == 3 ? 0x3C : 0 }) }
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
