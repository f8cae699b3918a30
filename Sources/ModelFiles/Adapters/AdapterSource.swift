import Foundation

/// Which files an adapter path stands for, each resolved and inside its root.
enum AdapterSource: Hashable, Sendable {
    case peft(folder: String, configuration: String, weights: String)
    case gguf(file: String)

    /// Looks at `path`. Throws for what is no adapter, for pickled weights, and for whatever leads out of the root; without
    /// a root the folder itself is the root.
    init(path: String, root: AdapterRoot?) throws(AdapterRefusal) {
        let resolved = if let root { try root.resolve(path) } else { try AdapterRoot.realPath(path) }
        switch Self.kind(of: resolved) {
        case S_IFREG:
            guard resolved.hasSuffix(".gguf") else {
                throw AdapterRefusal(
                    Self.isPickle(resolved)
                        ? Self.pickleReason(resolved)
                        : "\(path) is a file; an adapter is a PEFT folder or a .gguf file")
            }
            self = .gguf(file: resolved)
        case S_IFDIR:
            let root = if let root { root } else { try AdapterRoot(path: resolved) }
            try self.init(folder: resolved, root: root)
        default: throw AdapterRefusal("\(path) is neither a folder nor a regular file")
        }
    }

    /// The folder or file, resolved.
    var path: String {
        switch self {
        case .peft(let folder, _, _): folder
        case .gguf(let file): file
        }
    }

    /// The states of its files now: the configuration's, if it is a file of its own, then the weights'.
    func stamps() throws(AdapterRefusal) -> [FileStamp] {
        switch self {
        case .peft(_, let configuration, let weights):
            [try FileStamp(path: configuration), try FileStamp(path: weights)]
        case .gguf(let file): [try FileStamp(path: file)]
        }
    }

    /// Copies its files into `folder` under the names that they have in an adapter; returns their bytes.
    func copy(into folder: String) throws(AdapterRefusal) -> Int {
        var bytes = 0
        for (stamp, name) in zip(try stamps(), names) {
            try stamp.copy(to: folder + "/" + name)
            bytes += stamp.size
        }
        return bytes
    }

    /// What its files are called in an adapter, in the order of `stamps`.
    private var names: [String] {
        switch self {
        case .peft: [PEFTConfig.fileName, PEFTAdapter.weightsName]
        case .gguf: ["adapter.gguf"]
        }
    }

    private init(folder: String, root: AdapterRoot) throws(AdapterRefusal) {
        let names = Self.entries(of: folder)
        let pickle = names.sorted().first(where: Self.isPickle)
        guard names.contains(PEFTConfig.fileName) else {
            let files = names.filter { $0.hasSuffix(".gguf") }
            if files.count == 1, let file = files.first {
                self = .gguf(file: try root.resolve(folder + "/" + file))
                return
            }
            if let pickle { throw AdapterRefusal(Self.pickleReason(pickle)) }
            throw AdapterRefusal("\(folder) holds no \(PEFTConfig.fileName)\(Self.hint(names))")
        }
        guard names.contains(PEFTAdapter.weightsName) else {
            if let pickle { throw AdapterRefusal(Self.pickleReason(pickle)) }
            throw AdapterRefusal("\(folder) holds no \(PEFTAdapter.weightsName)\(Self.hint(names))")
        }
        self = .peft(
            folder: folder, configuration: try root.resolve(folder + "/" + PEFTConfig.fileName),
            weights: try root.resolve(folder + "/" + PEFTAdapter.weightsName))
    }

    private static func hint(_ names: [String]) -> String {
        names.contains("adapter_model.safetensors.index.json")
            ? "; sharded adapter weights are not supported: save them in one file"
            : names.isEmpty ? "; it is empty or cannot be read" : ""
    }

    private static func isPickle(_ name: String) -> Bool {
        [".bin", ".pt", ".pth", ".ckpt", ".pkl"].contains { name.hasSuffix($0) }
    }

    private static func pickleReason(_ name: String) -> String {
        """
        \(name) is a pickle, which can run code when it is read, and is refused; convert it where you trust it: \
        PeftModel.from_pretrained(base, folder).save_pretrained(folder, safe_serialization=True)
        """
    }

    /// The file type bits of a path that has no symlinks left.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
