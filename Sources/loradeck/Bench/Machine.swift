import Foundation

/// What a measurement ran on.
struct Machine: Encodable {
    /// As the system names it; the instruction set where it does not.
    let processor: String
    let cores: Int
    /// Instruction sets that kernels may use.
    let features: [String]
    let memoryBytes: UInt64

    init() {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func field(_ names: [String]) -> String? {
            text.split(separator: "\n").lazy.compactMap { line -> String? in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, names.contains(parts[0].trimmingCharacters(in: .whitespaces)) else {
                    return nil
                }
                return parts[1].trimmingCharacters(in: .whitespaces)
            }.first
        }
        #if arch(arm64)
        let fallback = "arm64"
        #else
        let fallback = "x86_64"
        #endif
        processor = field(["model name", "Model"]) ?? fallback
        let flags = Set((field(["flags", "Features"]) ?? "").split(separator: " ").map(String.init))
        features = [
            "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp",
            "asimdhp", "i8mm", "sve",
        ].filter(flags.contains)
        cores = ProcessInfo.processInfo.activeProcessorCount
        memoryBytes = ProcessInfo.processInfo.physicalMemory
    }

    var text: String {
        "\(processor), \(cores) cores, \(features.isEmpty ? "no known vector features" : features.joined(separator: " "))"
    }

    private enum CodingKeys: String, CodingKey {
        case processor, cores, features
        case memoryBytes = "memory_bytes"
    }
}
