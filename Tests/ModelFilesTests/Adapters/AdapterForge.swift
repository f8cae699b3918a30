import DeckCore
import Foundation
import ModelFiles
import TestSupport

/// Makes small adapters for a small base, sound ones and every kind of broken one.
struct AdapterForge {
    struct Tensor {
        var type = "F32"
        var shape: [Int]
        var bytes: [UInt8]

        init(_ shape: [Int], _ value: (Int) -> Float) {
            self.shape = shape
            bytes = (0..<shape.reduce(1, *)).flatMap { index in
                withUnsafeBytes(of: value(index).bitPattern.littleEndian, Array.init)
            }
        }
    }

    /// Raw JSON by key.
    var config: [(key: String, value: String)]
    var tensors: [String: Tensor] = [:]

    static let base = ModelConfig(
        architecture: .llama, layerCount: 3, hiddenSize: 16, headCount: 4, kvHeadCount: 2, headSize: 4,
        feedForwardSize: 24, vocabularySize: 64, contextLength: 128, normEpsilon: 1e-5,
        rotary: RotaryConfig(theta: 10_000, scaling: .none, pairing: .interleaved), slidingWindow: nil)

    static func reader(_ root: AdapterRoot? = nil) -> AdapterReader {
        AdapterReader(
            base: BaseIdentity(names: ["Forge-1M-Instruct"], digest: DemoBase.digest, architecture: .llama),
            config: base, root: root)
    }

    /// A sound adapter on q_proj and down_proj of every layer, rank 2, scale 2.
    init(modules: [LinearModule] = [.query, .down], rank: Int = 2, layers: Range<Int> = 0..<3, seed: UInt64 = 1) {
        config = [
            ("peft_type", "\"LORA\""), ("task_type", "\"CAUSAL_LM\""), ("r", "\(rank)"), ("lora_alpha", "\(2 * rank)"),
            ("base_model_name_or_path", "\"acme/Forge-1M-Instruct\""), ("bias", "\"none\""),
            ("target_modules", "[" + modules.map { "\"\($0.name)\"" }.joined(separator: ",") + "]"),
        ]
        var generator = SeededGenerator(seed: seed)
        for layer in layers {
            for module in modules {
                add(module.path(layer: layer), module, rank: rank, &generator)
            }
        }
    }

    mutating func add(_ path: String, _ module: LinearModule, rank: Int, _ generator: inout SeededGenerator) {
        let shapes = [("A", [rank, module.inputSize(Self.base)]), ("B", [module.outputSize(Self.base), rank])]
        for (half, shape) in shapes {
            let numbers = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &generator) }
            tensors[Self.tensor(path, half)] = Tensor(shape) { numbers[$0] }
        }
    }

    static func tensor(_ path: String, _ half: String) -> String { "base_model.model.\(path).lora_\(half).weight" }

    /// The same adapter with one setting changed, added, or (nil) removed.
    func setting(_ key: String, _ value: String?) -> AdapterForge {
        var copy = self
        copy.config.removeAll { $0.key == key }
        if let value { copy.config.append((key, value)) }
        return copy
    }

    var configText: String { "{" + config.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ",\n ") + "}" }

    /// The safetensors file, tensors in the order of `names` (by name when nil).
    func weights(order names: [String]? = nil) -> Data {
        var table: [String] = ["\"__metadata__\": {\"format\": \"pt\"}"]
        var data = Data()
        for name in names ?? tensors.keys.sorted() {
            guard let tensor = tensors[name] else { continue }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            table.append(
                """
                "\(name)": {"dtype": "\(tensor.type)", "shape": [\(shape)], \
                "data_offsets": [\(data.count), \(data.count + tensor.bytes.count)]}
                """)
            data.append(contentsOf: tensor.bytes)
        }
        var header = Data(("{" + table.joined(separator: ",") + "}").utf8)
        while header.count % 8 != 0 { header.append(32) }
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + data
    }

    /// Writes the folder and returns its path.
    @discardableResult
    func write(to folder: URL? = nil, order: [String]? = nil) throws -> String {
        let folder = try folder ?? Fixture.temporaryFolder()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(configText.utf8).write(to: folder.appendingPathComponent("adapter_config.json"))
        try weights(order: order).write(to: folder.appendingPathComponent("adapter_model.safetensors"))
        return folder.path
    }

    /// Opens and reads it on the small base. Returns the identity.
    @discardableResult
    func identity(overrideBase: Bool = false) throws -> Digest {
        try Self.reader().open(path: write(), overrideBase: overrideBase).read { _, _, _ in }
    }

    /// The reason why it is refused, when it is opened or when it is read; nil when it is not.
    func refusal() throws -> String? {
        do {
            try identity()
            return nil
        } catch let refusal as AdapterRefusal {
            return refusal.reason
        }
    }
}
