/// Where a declared name points: an owner's repository, a folder of a download cache, or a path of somebody's machine.
struct ModelPlace {
    /// In lower case; nil where there is none.
    let owner: String?
    let name: Substring
    let isLocalPath: Bool

    init(_ text: String) {
        var rest = text[...]
        var isAddress = false
        if let scheme = ["https://", "http://", "hf://"].first(where: rest.lowercased().hasPrefix) {
            rest = rest.dropFirst(scheme.count)
            // An address has its host first.
            if scheme != "hf://" { rest = rest.drop { $0 != "/" } }
            isAddress = true
        } else if let host = ["hf.co/", "huggingface.co/", "registry.ollama.ai/"].first(where: rest.hasPrefix) {
            rest = rest.dropFirst(host.count)
            isAddress = true
        }
        var parts = rest.split { $0 == "/" || $0 == "\\" }
        if let cached = Self.cached(parts) {
            parts = cached
            isAddress = true
        }
        if isAddress { parts = Array(parts.prefix(2)) }
        isLocalPath =
            !isAddress
            && (rest.hasPrefix("/") || rest.hasPrefix("~") || rest.hasPrefix(".") || rest.contains("\\")
                || rest.contains(":/") || parts.count > 2
                || (parts.count == 2 && Self.folders.contains(parts[0].lowercased())))
        owner = parts.count == 2 && !isLocalPath ? parts[0].lowercased() : nil
        // `name@revision`.
        name = (parts.last ?? "").prefix { $0 != "@" }
    }

    /// The repository that a folder of a hub's cache holds: `models--owner--name` of Hugging Face's, `hub/owner/name` of
    /// ModelScope's.
    private static func cached(_ parts: [Substring]) -> [Substring]? {
        if let folder = parts.first(where: { $0.hasPrefix("models--") }) {
            let name = folder.dropFirst("models--".count)
            guard let dash = name.indices.first(where: { name[$0...].hasPrefix("--") }) else { return [name] }
            return [name[..<dash], name[dash...].dropFirst(2)]
        }
        guard let index = parts.firstIndex(of: "modelscope"), index + 1 < parts.count, parts[index + 1] == "hub" else {
            return nil
        }
        let rest = parts[(index + 2)...].drop { $0 == "models" }
        return rest.count >= 2 ? Array(rest.prefix(2)) : nil
    }

    /// First parts of relative paths that no owner is called.
    private static let folders: Set<String> = [
        "output", "outputs", "checkpoint", "checkpoints", "model", "models", "run", "runs", "result", "results", "data",
        "tmp", "out", "saved", "work", "workspace", "content", "mnt", "home", "root",
    ]
}
