import CKernels
import DeckCore
import TestSupport
import Testing

@testable import Hashing

@Suite struct SHA256Tests {
    /// Those of this machine.
    static let paths = [DECK_SHA256_PORTABLE, DECK_SHA256_X86, DECK_SHA256_ARM].filter { deck_sha256_runs($0) }

    private func digest(_ bytes: [UInt8], _ path: deck_sha256_path) -> Digest {
        var hash = SHA256(path: path)
        hash.update(bytes)
        return hash.digest
    }

    @Test func thePortablePathRunsAndTheBestOneDoesToo() {
        #expect(Self.paths.contains(DECK_SHA256_PORTABLE))
        #expect(Self.paths.contains(deck_sha256_best()))
        #expect(deck_sha256_best() == Self.paths.last)
    }

    @Test(arguments: [("SHA256ShortMsg.rsp", 65), ("SHA256LongMsg.rsp", 16)], paths)
    func messagesOfNIST(file: (name: String, count: Int), path: deck_sha256_path) throws {
        let messages = try ResponseFile(file.name).messages
        #expect(messages.count == file.count)
        for message in messages {
            #expect(digest(message.bytes, path).hex == message.digest, "\(message.bytes.count) bytes")
        }
    }

    /// Section 6.4 of SHAVS: each digest is that of the three before it, a thousand times for each number of the file.
    @Test(arguments: paths) func monteCarloOfNIST(path: deck_sha256_path) throws {
        let file = try ResponseFile("SHA256Monte.rsp")
        var seed = ResponseFile.bytes(try #require(file.values("Seed").first))
        let checkpoints = file.values("MD")
        #expect(checkpoints.count == 100)
        for checkpoint in checkpoints {
            var last = [seed, seed, seed]
            for _ in 0..<1000 { last = [last[1], last[2], digest(last[0] + last[1] + last[2], path).bytes] }
            seed = last[2]
            #expect(Digest(bytes: seed)?.hex == checkpoint)
        }
    }

    @Test func everyPathAndEveryWayToCutGivesTheSame() {
        var random = SeededGenerator(seed: 26)
        for length in 0..<600 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let whole = digest(bytes, DECK_SHA256_PORTABLE)
            for path in Self.paths {
                #expect(digest(bytes, path) == whole, "\(path) \(length)")
                var hash = SHA256(path: path)
                var left = bytes[...]
                while !left.isEmpty {
                    // Around a block's size, and often nothing.
                    let most = Int.random(in: 0...150, using: &random)
                    let piece = left.prefix(Int.random(in: 0...most, using: &random))
                    hash.update(piece)
                    left = left.dropFirst(piece.count)
                }
                #expect(hash.digest == whole, "\(path) \(length) in pieces")
            }
        }
    }

    @Test(arguments: paths) func bytesAnywhereInMemory(path: deck_sha256_path) {
        var random = SeededGenerator(seed: 27)
        let bytes = (0..<512).map { _ in UInt8.random(in: 0...255, using: &random) }
        for start in 0..<64 {
            let part = Array(bytes[start..<start + 320])
            var hash = SHA256(path: path)
            bytes.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[start..<start + 320])) }
            #expect(hash.digest == digest(part, DECK_SHA256_PORTABLE))
        }
    }

    @Test func aDigestIsOfWhatCameSoFar() {
        var hash = SHA256()
        let nothing = hash.digest
        #expect(nothing.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        hash.update("a".utf8)
        let copy = hash
        #expect(hash.digest == hash.digest)
        hash.update("bc".utf8)
        #expect(hash.digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(copy.digest == SHA256.digest(of: "a".utf8))
        #expect(SHA256().digest == nothing)
    }

    @Test func bytesThatDoNotLieTogether() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(SHA256.digest(of: bytes.reversed()) == SHA256.digest(of: Array(bytes.reversed())))
        #expect(SHA256.digest(of: bytes.lazy.map { $0 ^ 1 }) == SHA256.digest(of: bytes.map { $0 ^ 1 }))
    }

    /// The length that ends a message has more than 32 bits.
    @Test func moreThanHalfAGigabyte() {
        var hash = SHA256()
        let piece = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<513 { hash.update(piece) }
        #expect(hash.digest.hex == "a3e2acbb469e4e59dde406f912e754c933c1ac0fb0092a3634d61d5073309c0c")
    }
}
