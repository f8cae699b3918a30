import Foundation

/// Makes repositories of a Hugging Face cache: files as blobs, snapshots of links to them, and a ref.
public struct HubForge {
    /// The folder that holds `models--owner--name`.
    public let cache: URL

    public init(_ cache: URL) { self.cache = cache }

    public func folder(_ repository: String) -> URL {
        cache.appendingPathComponent("models--" + repository.replacingOccurrences(of: "/", with: "--"))
    }

    /// Adds a snapshot, makes `refs/main` name it if asked to, and returns its folder.
    @discardableResult
    public func write(
        _ files: [String: Data], to repository: String, revision: String, isMain: Bool = true
    ) throws -> URL {
        let folder = folder(repository)
        let snapshot = folder.appendingPathComponent("snapshots/\(revision)")
        let blobs = folder.appendingPathComponent("blobs")
        for place in [snapshot, blobs, folder.appendingPathComponent("refs")] {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
        for (name, data) in files {
            let blob = Self.hash(data)
            try data.write(to: blobs.appendingPathComponent(blob))
            try FileManager.default.createSymbolicLink(
                atPath: snapshot.appendingPathComponent(name).path, withDestinationPath: "../../blobs/\(blob)")
        }
        if isMain { try Data(revision.utf8).write(to: folder.appendingPathComponent("refs/main")) }
        return snapshot
    }

    /// A name for content, as the hub's are: FNV-1a, twice over, in hexadecimal.
    private static func hash(_ data: Data) -> String {
        func fold(_ seed: UInt64) -> UInt64 { data.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        return String(fold(0xCBF2_9CE4_8422_2325), radix: 16) + String(fold(0x9E37_79B9_7F4A_7C15), radix: 16)
    }
}
