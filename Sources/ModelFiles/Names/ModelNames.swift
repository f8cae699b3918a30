import Foundation

/// The names that a base model is known by, as its files and its place tell them.
enum ModelNames {
    /// File name without quantisation first, since that is what its user chose; then the file name and the metadata. They
    /// come last where they say nothing.
    static func gguf(_ file: GGUFFile) -> [String] {
        var stem = URL(fileURLWithPath: file.path).lastPathComponent
        if stem.lowercased().hasSuffix(".gguf") { stem = String(stem.dropLast(5)) }
        func text(_ key: String) -> String { file.metadata["general." + key]?.string ?? "" }
        let base = text("basename")
        let full = [base, text("size_label"), text("finetune")].filter { !$0.isEmpty }
        // Basename and size alone would be the name of the model that this one was tuned from.
        let composed = !base.isEmpty && !text("finetune").isEmpty ? full.joined(separator: "-") : ""
        let chosen = [withoutQuantisation(stem), stem]
        let told = [
            text("name"), base, composed, text("source.huggingface.repository"), repository(text("source.repo_url")),
            repository(text("repo_url")),
        ]
        // A file called base.gguf or by its digest was given no name by that.
        return ModelName(stem).saysNothing ? told + chosen : chosen + told
    }

    /// The hub's repository when the folder stands in its cache, else the folder's name; then what config.json names.
    static func folder(_ path: String, declared: String?) -> [String] {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        let parts = url.pathComponents
        var names = [url.lastPathComponent]
        // …/models--owner--name/snapshots/revision
        if parts.count >= 3, parts[parts.count - 2] == "snapshots", parts[parts.count - 3].hasPrefix("models--") {
            names = [parts[parts.count - 3].dropFirst(8).replacingOccurrences(of: "--", with: "/")]
        }
        // A path tells where somebody kept it, not what it is.
        if let declared, !ModelName(declared).isLocalPath { names.append(declared) }
        return names
    }

    /// `SmolLM2-135M-Instruct.Q4_1` is `SmolLM2-135M-Instruct`.
    static func withoutQuantisation(_ stem: String) -> String {
        guard let cut = stem.lastIndex(where: { $0 == "." || $0 == "-" }), cut != stem.startIndex,
            isQuantisation(stem[stem.index(after: cut)...])
        else { return stem }
        let rest = stem[..<cut]
        // Marks of the makers of quantised files: unsloth's dynamic and mradermacher's imatrix quants.
        for mark in ["-UD", ".i1", "-i1"] where rest.hasSuffix(mark) { return String(rest.dropLast(mark.count)) }
        return String(rest)
    }

    private static func isQuantisation(_ suffix: Substring) -> Bool {
        let text = suffix.uppercased()
        if ["F16", "F32", "BF16", "FP16", "FP32", "MXFP4", "MXFP4_MOE", "NVFP4", "TQ1_0", "TQ2_0"].contains(text) {
            return true
        }
        let digits = text.hasPrefix("IQ") ? text.dropFirst(2) : text.hasPrefix("Q") ? text.dropFirst(1) : ""
        guard let first = digits.first, "12345678".contains(first) else { return false }
        return digits.dropFirst().isEmpty || digits.dropFirst().first == "_"
    }

    private static func repository(_ address: String) -> String {
        for prefix in ["https://huggingface.co/", "http://huggingface.co/"] where address.hasPrefix(prefix) {
            return address.dropFirst(prefix.count).split(separator: "/").prefix(2).joined(separator: "/")
        }
        return ""
    }
}
