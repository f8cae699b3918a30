import DeckCore
import Foundation
import ModelFiles

/// An adapter's name and where it stands.
struct NamedAdapter: Hashable, Sendable {
    let name: String
    /// A folder or a .gguf file; absolute.
    let path: URL

    init(name: String, path: URL) {
        self.name = CanonicalName.of(name)
        self.path = path.standardizedFileURL
    }
}

/// The adapters of a root folder, by name: each sub-folder, each .gguf file, and each adapter of a Hugging Face cache that the
/// root is or holds, as `owner/name`. What a link leads to counts; one that leads nowhere is there too, to be told of.
enum AdapterFolder {
    /// Fails for a folder that is missing or is itself an adapter. What the adapters hold is not looked at.
    static func scan(_ root: URL) throws -> [NamedAdapter] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: root.path)
        } catch {
            throw Failure("the adapter root \(root.path) cannot be read: \(FileFault.reason(error))")
        }
        if names.contains(where: { $0.lowercased() == "adapter_config.json" }) {
            throw Failure(
                "\(root.path) is an adapter itself, not a folder of adapters: give its parent "
                    + "(\(root.deletingLastPathComponent().path)), or name it with --adapter")
        }
        if let repository = HubRepository(path: root.path) { return [named(repository)] }
        return names.sorted().flatMap { entry($0, in: root) }
    }

    /// The adapter that `scan` would find under `name`; nil for a name that could lead elsewhere. Reads no folder but those
    /// that a cache may stand in.
    static func find(_ name: String, in root: URL) -> NamedAdapter? {
        let name = CanonicalName.of(name)
        guard !name.isEmpty, name.utf8.count <= 200, !name.utf8.contains(0) else { return nil }
        if let repository = HubRepository(path: root.path) { return repository.name == name ? named(repository) : nil }
        if !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")) {
            for ending in ["", ".gguf", ".GGUF", ".Gguf"] {
                for spelling in spellings(of: name + ending, in: root) {
                    if let found = entry(spelling, in: root).first(where: { $0.name == name }) { return found }
                }
            }
        }
        guard let folder = HubName.folder(of: name) else { return nil }
        var caches = [root]
        // A name with an owner is a repository's, and its cache may stand one folder further down.
        if name.utf8.contains(UInt8(ascii: "/")) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
            caches += names.sorted().filter { !$0.hasPrefix(".") }.map(root.appendingPathComponent)
        }
        return caches.lazy.compactMap { HubRepository(path: $0.appendingPathComponent(folder).path) }.first
            .flatMap { $0.holdsAdapter ? named($0) : nil }
    }

    /// How the disk may spell an entry's name: it compares bytes, and what was copied from elsewhere may have another form.
    private static func spellings(of name: String, in root: URL) -> [String] {
        guard !name.utf8.allSatisfy({ $0 < 0x80 }) else { return [name] }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        // Swift compares what characters mean.
        return entries.filter { $0 == name }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// An adapter called as its folder, as its file without the suffix, or as its repository on the hub.
    static func named(_ path: URL) -> NamedAdapter {
        let isFile = path.pathExtension.lowercased() == "gguf"
        if !isFile, let repository = HubRepository(path: path.path) ?? HubRepository(around: path.path) {
            return NamedAdapter(name: repository.name, path: path)
        }
        return NamedAdapter(name: (isFile ? path.deletingPathExtension() : path).lastPathComponent, path: path)
    }

    private static func named(_ repository: HubRepository) -> NamedAdapter {
        NamedAdapter(name: repository.name, path: URL(fileURLWithPath: repository.path))
    }

    /// What an entry of the root stands for: an adapter, the adapters of a cache, or nothing.
    private static func entry(_ name: String, in root: URL) -> [NamedAdapter] {
        guard !name.hasPrefix("."), !HubRepository.isOfOtherKind(name) else { return [] }
        let path = root.appendingPathComponent(name)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder) else {
            // A broken link is refused by its name, not passed over.
            return (try? FileManager.default.destinationOfSymbolicLink(atPath: path.path)) != nil ? [named(path)] : []
        }
        guard isFolder.boolValue else {
            return path.pathExtension.lowercased() == "gguf" ? [named(path)] : []
        }
        if let repository = HubRepository(path: path.path) { return repository.holdsAdapter ? [named(repository)] : [] }
        guard access(path.appendingPathComponent("adapter_config.json").path, F_OK) != 0 else { return [named(path)] }
        let cached = HubRepository.all(in: path.path)
        return cached.isEmpty ? [named(path)] : cached.filter(\.holdsAdapter).map(named)
    }
}
