import DeckCore
import Hashing

/// The identity of a base model's content.
enum ModelDigest {
    /// SHA-256 of one file.
    static func of(_ file: MappedFile) -> Digest { SHA256.digest(of: file.bytes) }

    /// SHA-256 over the names, sizes and digests of several files, which are given in a fixed order.
    static func of(_ files: [(name: String, file: MappedFile)]) -> Digest {
        var hash = SHA256()
        for (name, file) in files {
            hash.update("\(name)\0\(file.count)\0".utf8)
            hash.update(of(file).bytes)
        }
        return hash.digest
    }
}
