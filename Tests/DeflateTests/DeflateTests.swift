import Foundation
import TestSupport
import Testing

@testable import Deflate

@Suite struct DeflateTests {
    /// Pieces as a stream has them: text with repetitions, noise, runs, nothing, and more than a window.
    private func pieces(seed: UInt64) -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        let words = ["\"adapter\":", "\"tenant-7\",", "0.00607", "{\"index\":", "}", "é", "\n"].map { Array($0.utf8) }
        return (0..<12).map { kind in
            switch kind % 4 {
            case 0:
                (0..<Int.random(in: 1...9000, using: &random)).flatMap { _ in words.randomElement(using: &random) ?? []
                }
            case 1:
                (0..<Int.random(in: 1...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            case 2:
                Array(
                    repeating: UInt8.random(in: 0...255, using: &random),
                    count: Int.random(in: 1...70_000, using: &random))
            default: Array("x".utf8.prefix(Int.random(in: 0...1, using: &random)))
            }
        }
    }

    private func stream(_ pieces: [[UInt8]]) -> [UInt8] {
        var deflater = Deflater()
        var bytes = deflater.head
        for piece in pieces {
            deflater.count(piece)
            bytes += Deflater.pack(piece)
        }
        return bytes + deflater.tail
    }

    @Test func eachPieceComesBackAtOnce() throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            var deflater = Deflater()
            var inflater = Inflater()
            #expect(try inflater.feed(deflater.head).isEmpty)
            for piece in pieces(seed: seed) {
                deflater.count(piece)
                #expect(try inflater.feed(Deflater.pack(piece)) == piece)
            }
            #expect(!inflater.isComplete)
            #expect(try inflater.feed(deflater.tail).isEmpty)
            #expect(inflater.isComplete)
        }
    }

    @Test func bytesMayComeOneByOne() throws {
        let pieces = pieces(seed: 7).map { Array($0.prefix(600)) }
        var inflater = Inflater()
        var output: [UInt8] = []
        for byte in stream(pieces) { output += try inflater.feed([byte]) }
        #expect(inflater.isComplete)
        #expect(output == pieces.flatMap(\.self))
    }

    /// zlib reads what is written here, and what zlib writes is read here: at every level, so with every kind of block.
    @Test func zlibUnderstandsIt() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let plain = pieces(seed: 11).flatMap(\.self)
        try Data(stream(pieces(seed: 11))).write(to: folder.appendingPathComponent("ours"))
        try Data(plain).write(to: folder.appendingPathComponent("plain"))
        let script = """
            import sys, zlib
            plain = open("plain", "rb").read()
            assert zlib.decompress(open("ours", "rb").read()) == plain
            for level in range(10): open(f"theirs{level}", "wb").write(zlib.compress(plain, level))
            """
        let result = try Command.run(
            "python3", ["-c", "import os; os.chdir(\(String(reflecting: folder.path)))\n" + script])
        #expect(result.status == 0, "\(result.errors)")
        for level in 0..<10 {
            var inflater = Inflater()
            let theirs = try Data(contentsOf: folder.appendingPathComponent("theirs\(level)"))
            #expect(try inflater.feed(theirs) == plain, "level \(level)")
            #expect(inflater.isComplete)
        }
    }

    @Test func textGetsSmall() {
        let text = (0..<200).flatMap { Array("{\"index\":\($0),\"parts\":{\"adapters\":0.00\($0 * 37 % 991)}},".utf8) }
        #expect(Deflater.pack(text).count * 4 < text.count)
    }

    /// Damage is an error or other bytes, never a trap; that of what was read is found at the end.
    @Test func damagedStreamsAreErrors() throws {
        let pieces = [pieces(seed: 3)[0], pieces(seed: 3)[1]].map { Array($0.prefix(2000)) }
        let whole = stream(pieces)
        var random = SeededGenerator(seed: 5)
        var errors = 0
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
            bytes.removeLast(
                Int.random(in: 0...2, using: &random) * Int.random(in: 0..<bytes.count / 2, using: &random))
            var inflater = Inflater()
            do {
                let output = try inflater.feed(bytes)
                #expect(!inflater.isComplete || output == pieces.flatMap(\.self))
            } catch {
                errors += 1
            }
        }
        #expect(errors > 1000)
        for noise in 0..<3000 {
            let bytes = [0x78, 0x01] + (0..<noise % 400).map { _ in UInt8.random(in: 0...255, using: &random) }
            var inflater = Inflater()
            _ = try? inflater.feed(bytes)
            #expect(!inflater.isComplete)
        }
    }

    @Test(
        arguments: [
            ([0x78, 0x02], "no head"), ([0x78, 0x01, 0x07], "unknown kind"),
            ([0x78, 0x01, 0x01, 1, 0, 1, 0], "two lengths"),
            // Fixed codes: a match at the very begin, and length code 286.
            ([0x78, 0x01, 0x03, 0x02, 0x00], "before the stream's begin"),
            ([0x78, 0x01, 0x1B, 0x03], "unknown length"),
        ] as [([UInt8], String)])
    func hostileStreamsAreNamed(_ bytes: [UInt8], _ words: String) {
        var inflater = Inflater()
        let error = #expect(throws: InflateError.self) { try inflater.feed(bytes) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}
