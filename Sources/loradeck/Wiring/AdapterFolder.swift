import Foundation

/// An adapter's name and where it stands.
struct NamedAdapter: Hashable, Sendable {
    let name: String
    /// A folder or a .gguf file; absolute.
    let path: URL

    init(name: String, path: URL) {
        self.name = name
        self.path = path.standardizedFileURL
    }
}

/// The adapters of a root folder: each sub-folder and each .gguf file, by name.
enum AdapterFolder {
    /// Fails for a folder that is missing or is itself an adapter. What the adapters hold is not looked at.
    static func scan(_ root: URL) throws -> [NamedAdapter] {
        let files = FileManager.default
        let names: [String]
        do {
            names = try files.contentsOfDirectory(atPath: root.path)
        } catch {
            throw Failure("the adapter root \(root.path) cannot be read: \(error.localizedDescription)")
        }
        if names.contains("adapter_config.json") {
            throw Failure(
                "\(root.path) is an adapter itself, not a folder of adapters: give its parent "
                    + "(\(root.deletingLastPathComponent().path)), or name it with --adapter")
        }
        return names.sorted().compactMap { name in
            guard !name.hasPrefix(".") else { return nil }
            let path = root.appendingPathComponent(name)
            var isFolder: ObjCBool = false
            guard files.fileExists(atPath: path.path, isDirectory: &isFolder) else { return nil }
            if isFolder.boolValue { return NamedAdapter(name: name, path: path) }
            return path.pathExtension.lowercased() == "gguf" ? named(path) : nil
        }
    }

    /// An adapter called as its folder, or as its file without the suffix.
    static func named(_ path: URL) -> NamedAdapter {
        let isFile = path.pathExtension.lowercased() == "gguf"
        return NamedAdapter(name: (isFile ? path.deletingPathExtension() : path).lastPathComponent, path: path)
    }
}
