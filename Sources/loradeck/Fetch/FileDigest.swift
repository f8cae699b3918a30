import DeckCore
import Foundation
import Hashing

/// SHA-256 of a file, read in pieces.
enum FileDigest {
    static func sha256(_ file: URL) throws -> String {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var hash = SHA256()
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(piece) }
        return hash.digest.hex
    }
}
