import CKernels
import DeckCore

/// SHA-256 of bytes that come in pieces, with the processor's own instructions where it has them.
///
///     var hash = SHA256()
///     while let piece = next() { hash.update(piece) }
///     print(hash.digest.hex)
public struct SHA256: Sendable {
    private static let fastest = deck_sha256_best()
    private static let blockBytes = Int(DECK_SHA256_BLOCK)

    private let path: deck_sha256_path
    /// The first 32 bits of the fractional parts of the square roots of the first eight primes, at first.
    private var state = SIMD8<UInt32>(
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
    /// The bytes after the last whole block.
    private var rest: [UInt8] = []
    /// Of all bytes so far
    private var byteCount: UInt64 = 0

    public init() { self.init(path: Self.fastest) }

    /// `path` is one that this machine runs.
    init(path: deck_sha256_path) { self.path = path }

    /// The digest of some bytes.
    public static func digest(of bytes: some Collection<UInt8>) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.digest
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(bytes).withUnsafeBytes { update($0) } }
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let missing = bytes.prefix(Self.blockBytes - rest.count)
            rest.append(contentsOf: missing)
            bytes = bytes.dropFirst(missing.count)
            guard rest.count == Self.blockBytes else { return }
            compress(rest)
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.count / Self.blockBytes * Self.blockBytes
        compress(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)))
        rest.append(contentsOf: bytes.dropFirst(whole))
    }

    /// The digest of all bytes so far; more may follow.
    public var digest: Digest {
        var last = rest
        last.append(0x80)
        let padded = (last.count + 8 + Self.blockBytes - 1) / Self.blockBytes * Self.blockBytes
        last.append(contentsOf: repeatElement(0, count: padded - 8 - last.count))
        let bitCount = byteCount &* 8
        last.append(contentsOf: stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bitCount >> $0) })
        var end = self
        end.compress(last)
        return Digest(words: end.state)
    }

    private mutating func compress(_ blocks: [UInt8]) { blocks.withUnsafeBytes { compress($0) } }

    /// `blocks` are whole.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress, !blocks.isEmpty else { return }
        withUnsafeMutableBytes(of: &state) { [path] state in
            deck_sha256_compress(
                path, state.baseAddress?.assumingMemoryBound(to: UInt32.self), start, blocks.count / Self.blockBytes)
        }
    }
}
