import DeckCore
import Foundation

/// A model's folder in a Hugging Face cache: `models--owner--name`, with `snapshots/<revision>` whose files are links to
/// `blobs`, and `refs/main`, which names the newest revision.
public struct HubRepository: Hashable, Sendable {
    /// The folder.
    public let path: String
    /// As the hub calls it: `owner/name`, or a name alone.
    public let name: String

    var blobs: String { path + "/blobs" }
    private var snapshots: String { path + "/snapshots" }

    /// Nil when the folder is not called as a repository, or has no snapshots.
    public init?(path: String) {
        let folder = path.split(separator: "/").last.map(String.init) ?? ""
        guard let name = HubName.name(ofFolder: folder) else { return nil }
        self.path = path
        self.name = name
        guard Self.isFolder(snapshots) else { return nil }
    }

    /// The repository that a resolved path stands in a snapshot of.
    public init?(around path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let index = parts.lastIndex(of: "snapshots"), index > 0, index + 1 < parts.count else { return nil }
        self.init(path: parts[..<index].joined(separator: "/"))
    }

    /// Whether a folder is one of a cache beside the models', which holds no model.
    public static func isOfOtherKind(_ folder: String) -> Bool {
        folder.hasPrefix("datasets--") || folder.hasPrefix("spaces--")
    }

    /// The repositories in a folder, by name. Empty when it is no cache.
    public static func all(in folder: String) -> [HubRepository] {
        FolderEntries.names(of: folder).filter { $0.hasPrefix(HubName.mark) }.sorted()
            .compactMap { HubRepository(path: folder + "/" + $0) }
    }

    /// The folder of the newest snapshot: what `refs/main` names, if that is here, else the latest by time; nil when there
    /// is none.
    public var newestSnapshot: String? {
        if let revision = mainRevision, Self.isFolder(snapshots + "/" + revision) { return snapshots + "/" + revision }
        var newest: (time: Int64, path: String)?
        for name in FolderEntries.names(of: snapshots).sorted() where !name.hasPrefix(".") {
            let path = snapshots + "/" + name
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            let time = FileState(status).modified
            if newest.map({ $0.time <= time }) ?? true { newest = (time, path) }
        }
        return newest?.path
    }

    /// What decides which snapshot is the newest.
    var traced: [String] { [path + "/refs/main", snapshots] }

    private var mainRevision: String? {
        guard let file = try? MappedFile(path: path + "/refs/main"), file.count <= 256 else { return nil }
        let text = String(decoding: file.bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let isPlain = text.utf8.allSatisfy { ASCIISet.word.contains($0) || $0 == UInt8(ascii: "-") }
        return isPlain && !text.isEmpty ? text : nil
    }

    /// Whether the newest snapshot, or the repository itself where there is none, is to be looked at as an adapter: a cache
    /// holds base models too, which are passed over.
    public var holdsAdapter: Bool {
        guard let newestSnapshot else { return true }
        let names = FolderEntries.names(of: newestSnapshot)
        return names.contains { name in
            let name = name.lowercased()
            return name.hasPrefix("adapter_") || name == "adapters.safetensors" || name.hasSuffix(".gguf")
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
