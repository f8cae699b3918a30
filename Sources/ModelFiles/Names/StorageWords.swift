/// Words of a model's name that say how its weights are stored or who stored them so, not which model it is.
enum StorageWords {
    /// `words`, in lower case, without those: `smollm2 135m instruct unsloth bnb 4bit` is `smollm2 135m instruct`.
    static func removed(from words: [String]) -> [String] {
        var kept: [String] = []
        var index = 0
        while index < words.count {
            let count = storage(words[index...], after: index > 0 ? words[index - 1] : nil)
            if count == 0 { kept.append(words[index]) }
            index += max(1, count)
        }
        return kept
    }

    private static let plain: Set<String> = [
        "gguf", "ggml", "safetensors", "hf", "bnb", "awq", "gptq", "autogptq", "autoround", "mlx", "exl2", "exl3",
        "hqq",
        "nf4", "fp4", "fp8", "f8", "mxfp4", "nvfp4", "aqlm", "eetq", "onnx", "openvino", "ov", "marlin", "smoothquant",
        "imat", "imatrix", "i1", "ud", "git", "dwq", "quantized", "quantised", "dequantized", "unquantized", "quant",
        "quants", "torchao", "coreml", "mlc", "litert", "sharded", "actorder", "f16", "f32", "bf16", "fp16", "fp32",
        "float16", "float32", "bfloat16", "q4f16", "q4f32", "unsloth", "bartowski", "thebloke", "mradermacher",
    ]
    /// Words that say more about the storage word before them, and nothing elsewhere.
    private static let details: [String: Set<String>] = [
        "fp8": ["dynamic", "kv", "block"], "actorder": ["true", "false"], "mxfp4": ["moe"], "q4f16": ["0", "1"],
        "q4f32": ["0", "1"],
    ]
    private static let quantParts: Set<String> = ["0", "1", "k", "s", "m", "l", "xl", "xs", "xxs", "nl"]

    /// How many words at the start of `words` are one way of storing; 0 when the first is no such word.
    private static func storage(_ words: ArraySlice<String>, after previous: String?) -> Int {
        guard let word = words.first else { return 0 }
        if plain.contains(word) || isMeasure(word) { return 1 }
        if let previous, details[previous]?.contains(word) == true { return 1 }
        guard isQuantStart(word) else { return 0 }
        var count = 1
        for part in words.dropFirst().prefix(3) {
            // Q4_0_4_8 names the tiles of a processor.
            let isTile = count >= 2 && (part == "4" || part == "8")
            guard quantParts.contains(part) || isTile else { break }
            count += 1
        }
        return count
    }

    /// `4bit`, `int8`, `w4a16`, `128g`, `g128`, `4.0bpw`.
    private static func isMeasure(_ word: String) -> Bool {
        func isNumber(_ text: Substring) -> Bool {
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        }
        for suffix in ["bits", "bit", "bpw", "g"] where word.hasSuffix(suffix) {
            return isNumber(word.dropLast(suffix.count))
        }
        for prefix in ["uint", "int", "gs"] where word.hasPrefix(prefix) {
            return isNumber(word.dropFirst(prefix.count))
        }
        if word.hasPrefix("g"), word.count > 2 { return isNumber(word.dropFirst()) }
        guard word.hasPrefix("w"), let a = word.firstIndex(of: "a") else { return false }
        let activations = word[a...].dropFirst().prefix { $0 != "g" }
        return isNumber(word[..<a].dropFirst()) && isNumber(activations)
    }

    /// `q4`, `iq3`, `tq1`.
    private static func isQuantStart(_ word: String) -> Bool {
        for prefix in ["iq", "tq", "q"] where word.hasPrefix(prefix) {
            let rest = word.dropFirst(prefix.count)
            return rest.count == 1 && rest.allSatisfy { ("1"..."8").contains($0) }
        }
        return false
    }
}
