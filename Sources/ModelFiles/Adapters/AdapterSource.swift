import DeckCore
import Foundation

/// Which files an adapter path stands for, each resolved and inside its root.
enum AdapterSource: Hashable, Sendable {
    case peft(folder: String, configuration: String, weights: String)
    /// `place` is where it stands by its name, `file` what it leads to.
    case gguf(place: String, file: String)

    /// Looks at `path`. Throws for what is no adapter, for pickled weights, and for whatever leads out of the root; without
    /// a root the folder itself is the root.
    init(path: String, root: AdapterRoot?) throws(AdapterRefusal) {
        let resolved = if let root { try root.resolve(path) } else { try AdapterRoot.realPath(path) }
        let place = if let root { try root.place(path) } else { Self.absolute(path) }
        switch Self.kind(of: resolved) {
        case S_IFREG:
            guard FileKind(resolved: resolved) == .gguf || Self.isGGUF(place) else {
                throw AdapterRefusal(Self.complaint(ofFile: path, at: resolved))
            }
            self = .gguf(place: place, file: resolved)
        case S_IFDIR:
            let folder = try Self.folder(path, HubRepository(path: place) ?? HubRepository(path: resolved)) ?? place
            let ownRoot = if let root { root } else { try AdapterRoot(path: folder) }
            try self.init(folder: folder, root: ownRoot)
        default: throw AdapterRefusal("\(path) is neither a folder nor a regular file")
        }
    }

    /// The folder or file, by the name that it was found by.
    var path: String {
        switch self {
        case .peft(let folder, _, _): folder
        case .gguf(let place, _): place
        }
    }

    /// The states of its files now: the configuration's, if it is a file of its own, then the weights'.
    func stamps() throws(AdapterRefusal) -> [FileStamp] {
        switch self {
        case .peft(_, let configuration, let weights):
            [try FileStamp(path: configuration), try FileStamp(path: weights)]
        case .gguf(_, let file): [try FileStamp(path: file)]
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
        let names = FolderEntries.names(of: folder)
        let pickle = names.sorted().first(where: Self.isPickle)
        guard let configuration = FolderEntries.pick(PEFTConfig.fileName, from: names) else {
            let files = names.filter(Self.isGGUF).sorted()
            if files.count == 1, let file = files.first {
                let place = folder + "/" + file
                self = .gguf(place: place, file: try root.resolve(place))
                return
            }
            if files.count > 1 {
                throw AdapterRefusal(
                    "\(folder) holds \(files.count) GGUF files; name one: \(files.prefix(5).joined(separator: ", "))")
            }
            if let pickle { throw AdapterRefusal(Self.pickleReason(pickle)) }
            throw AdapterRefusal("\(folder) holds no \(PEFTConfig.fileName)\(Self.hint(names, in: folder))")
        }
        let resolved = try root.resolve(folder + "/" + configuration)
        guard let weights = FolderEntries.pick(PEFTAdapter.weightsName, from: names) else {
            if let pickle { throw AdapterRefusal(Self.pickleReason(pickle)) }
            throw AdapterRefusal("\(folder) holds no \(PEFTAdapter.weightsName)\(Self.hint(names, in: folder))")
        }
        let resolvedWeights = try root.resolve(folder + "/" + weights)
        // A link that is exchanged in between, as mounts exchange theirs, would pair two adapters' files.
        guard try root.resolve(folder + "/" + configuration) == resolved else {
            throw AdapterRefusal("\(folder) changed on disk while it was looked at; try again", isLasting: false)
        }
        self = .peft(folder: folder, configuration: resolved, weights: resolvedWeights)
    }

    /// The newest snapshot of a repository; nil when there is no repository.
    private static func folder(_ path: String, _ repository: HubRepository?) throws(AdapterRefusal) -> String? {
        guard let repository else { return nil }
        guard let snapshot = repository.newestSnapshot else {
            throw AdapterRefusal(
                "\(path) is a repository of a Hugging Face cache without a snapshot: download \(repository.name) again")
        }
        return snapshot
    }

    // MARK: What is no adapter

    private static func complaint(ofFile path: String, at resolved: String) -> String {
        if isPickle(path) || isPickle(resolved) { return pickleReason(path) }
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if name == PEFTConfig.fileName || name.hasSuffix(".safetensors") {
            return "\(path) is one file of an adapter: name the folder that holds it"
        }
        let reason = FileKind(resolved: resolved)?.mismatch(.gguf).map { ": \($0)" } ?? ""
        return "\(path) is a file, and no adapter, which is a PEFT folder or a .gguf file\(reason)"
    }

    /// What the folder seems to be instead, and what to name.
    private static func hint(_ names: [String], in folder: String) -> String {
        if names.contains("adapter_model.safetensors.index.json") {
            return "; sharded adapter weights are not supported: save them in one file"
        }
        if names.contains("adapters.safetensors") { return "; it is \(PEFTFields.mlx)" }
        if names.contains(where: { HubName.name(ofFolder: $0) != nil }) {
            return "; it is a Hugging Face cache: give it as the adapter root, or name one of its models--… folders"
        }
        if names.contains(PEFTAdapter.weightsName) { return "; there are weights, so download the configuration too" }
        if names.contains(PEFTConfig.fileName) { return "; there is a configuration, so download the weights too" }
        if names.contains("config.json") { return "; it looks like a whole model, which --model takes" }
        let inner = names.sorted().prefix(64).first { name in
            access("\(folder)/\(name)/\(PEFTConfig.fileName)", F_OK) == 0
        }
        if let inner { return "; its folder \(inner) does: name that" }
        return names.isEmpty ? "; it is empty or cannot be read" : ""
    }

    private static func isPickle(_ name: String) -> Bool {
        let name = name.lowercased()
        return [".bin", ".pt", ".pth", ".ckpt", ".pkl"].contains { name.hasSuffix($0) }
    }

    private static func isGGUF(_ name: String) -> Bool { name.lowercased().hasSuffix(".gguf") }

    private static func pickleReason(_ name: String) -> String {
        """
        \(name) is a pickle, which can run code when it is read, and is refused; convert it where you trust it: \
        PeftModel.from_pretrained(base, folder).save_pretrained(folder, safe_serialization=True)
        """
    }

    // MARK: Paths

    private static func absolute(_ path: String) -> String {
        AdapterRoot.collapsed(path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path)
    }

    /// The file type bits of a path that has no symlinks left.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
