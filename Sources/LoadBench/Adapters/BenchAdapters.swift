import Foundation
import ModelFiles
import ServingEngine

/// Adapters that only their speed is measured of: how many, of which ranks, on which modules.
public struct BenchAdapters: Hashable, Sendable, Codable {
    public var count: Int
    /// Adapter i has rank `ranks[i % ranks.count]`.
    public var ranks: [Int]
    /// As PEFT's `target_modules` name them.
    public var targets: [String]

    public init(count: Int, ranks: [Int], targets: [String]) {
        precondition(!ranks.isEmpty && !targets.isEmpty)
        self.count = count
        self.ranks = ranks
        self.targets = targets
    }

    /// `bench-0000`, `bench-0001`, …
    public static func name(_ index: Int) -> String { "bench-" + String(format: "%04d", index) }

    public static let allTargets = LinearModule.allCases.map(\.name)

    public func rank(_ index: Int) -> Int { ranks[index % ranks.count] }

    public var modules: [LinearModule] { LinearModule.allCases.filter { targets.contains($0.name) } }

    /// Values in A and B of all modules of adapter `index`.
    public func values(_ index: Int, config: ModelConfig) -> Int {
        config.layerCount * rank(index) * modules.reduce(0) { $0 + $1.inputSize(config) + $1.outputSize(config) }
    }

    /// Such as `rank 16 on q_proj, v_proj`.
    public var summary: String {
        let rank = ranks.count == 1 ? "rank \(ranks[0])" : "ranks \(ranks.map(String.init).joined(separator: ", "))"
        return rank
            + (modules.count == LinearModule.allCases.count
                ? " on all linear layers" : " on \(targets.joined(separator: ", "))")
    }
}

/// Writes adapters in PEFT's form: f16, small seeded values, so that text stays finite; their speed does not depend on them.
public struct AdapterForge: Sendable {
    private let config: ModelConfig
    private let baseName: String
    private let seed: UInt64
    /// Random values that tensors are cut from; drawing each one anew would take longer than writing it.
    private let noise: [UInt16]

    /// Values are uniform with a standard deviation of 0.02.
    private static let reach = Float(0.02 * 1.7320508)
    private static let noiseCount = 1 << 18
    /// Values that are copied from one place.
    private static let pieceCount = 1 << 15

    /// `baseName` is what the adapters declare as their base.
    public init(config: ModelConfig, baseName: String, seed: UInt64) {
        self.config = config
        self.baseName = baseName
        self.seed = seed
        var random = SplitMix64(seed: seed)
        noise = (0..<Self.noiseCount).map { _ in
            Float16(Float(random.unit() * 2 - 1) * Self.reach).bitPattern
        }
    }

    /// Makes the adapters of `kind` as sub-folders of `folder`, and returns them in order. One that stands there already, as
    /// it would be written, is left.
    public func make(_ kind: BenchAdapters, in folder: URL) throws -> [URL] {
        try (0..<kind.count).map { index in
            let place = folder.appendingPathComponent(BenchAdapters.name(index))
            try write(kind, index, to: place)
            return place
        }
    }

    private func write(_ kind: BenchAdapters, _ index: Int, to place: URL) throws {
        let settings = try settings(kind, rank: kind.rank(index))
        let (header, values) = header(kind, index)
        let settingsFile = place.appendingPathComponent("adapter_config.json")
        let weightsFile = place.appendingPathComponent("adapter_model.safetensors")
        if (try? Data(contentsOf: settingsFile)) == settings, Self.stands(weightsFile, header: header, values: values) {
            return
        }
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        var data = header
        data.reserveCapacity(header.count + values * 2)
        var random = SplitMix64(seed: seed, index: index)
        noise.withUnsafeBytes { noise in
            var left = values
            while left > 0 {
                let count = min(left, Self.pieceCount)
                let first = Int(random.unit() * Double(Self.noiseCount - count))
                data.append(contentsOf: noise[first * 2..<(first + count) * 2])
                left -= count
            }
        }
        try data.write(to: weightsFile)
        // Last: a folder whose making was cut short is made again.
        try settings.write(to: settingsFile)
    }

    /// Whether the file has this header and as many values; the seed is in the header.
    private static func stands(_ file: URL, header: Data, values: Int) -> Bool {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return false }
        defer { try? handle.close() }
        guard let size = try? handle.seekToEnd(), size == UInt64(header.count + values * 2) else { return false }
        try? handle.seek(toOffset: 0)
        return (try? handle.read(upToCount: header.count)) == header
    }

    private struct Settings: Encodable {
        let peft_type = "LORA"
        let task_type = "CAUSAL_LM"
        let base_model_name_or_path: String
        let r: Int
        let lora_alpha: Int
        let lora_dropout = 0.0
        let bias = "none"
        let fan_in_fan_out = false
        let inference_mode = true
        let target_modules: [String]
    }

    private func settings(_ kind: BenchAdapters, rank: Int) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(
            Settings(
                base_model_name_or_path: baseName, r: rank, lora_alpha: 2 * rank,
                target_modules: kind.modules.map(\.name)))
    }

    /// The safetensors header with its length, and how many f16 values follow it.
    private func header(_ kind: BenchAdapters, _ index: Int) -> (Data, values: Int) {
        let rank = kind.rank(index)
        var members = ["\"__metadata__\":{\"format\":\"pt\",\"seed\":\"\(seed)-\(index)\"}"]
        var values = 0
        func tensor(_ name: String, _ rows: Int, _ columns: Int) {
            let end = values + rows * columns
            members.append(
                "\"\(name)\":{\"dtype\":\"F16\",\"shape\":[\(rows),\(columns)],\"data_offsets\":[\(values * 2),\(end * 2)]}"
            )
            values = end
        }
        for layer in 0..<config.layerCount {
            for module in kind.modules {
                let path = "base_model.model." + module.path(layer: layer)
                tensor(path + ".lora_A.weight", rank, module.inputSize(config))
                tensor(path + ".lora_B.weight", module.outputSize(config), rank)
            }
        }
        var text = Data("{\(members.joined(separator: ","))}".utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        var header = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        header.append(text)
        return (header, values)
    }
}
