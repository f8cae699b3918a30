import Crypto
import DeckCore

/// The identity of a base model's content.
enum ModelDigest {
    /// SHA-256 of one file.
    static func of(_ file: MappedFile) throws(ModelFileError) -> DeckCore.Digest {
        try digest(sha256(file.bytes), path: file.path)
    }

    /// SHA-256 over the names, sizes and digests of several files, which are given in a fixed order.
    static func of(_ files: [(name: String, file: MappedFile)], path: String) throws(ModelFileError) -> DeckCore.Digest
    {
        var hasher = SHA256()
        for (name, file) in files {
            hasher.update(data: Array("\(name)\0\(file.count)\0".utf8))
            sha256(file.bytes).withUnsafeBytes { hasher.update(bufferPointer: $0) }
        }
        return try digest(hasher.finalize(), path: path)
    }

    private static func sha256(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize()
    }

    private static func digest(_ value: SHA256Digest, path: String) throws(ModelFileError) -> DeckCore.Digest {
        guard let digest = DeckCore.Digest(bytes: value) else { throw ModelFileError(path: path, "no SHA-256 digest") }
        return digest
    }
}
