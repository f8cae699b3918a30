import DeckCore
import DeckWire
import ModelFiles
import TestSupport
import Testing

/// Frames of a deck's stream, damaged on their way.
@Suite("Damaged frames") struct FrameFuzzTests {
    private func frames() throws -> (full: [UInt8], patch: [UInt8]) {
        var encoder = DeckStreamEncoder()
        let full = try encoder.encode(FullSnapshot.make(index: 1))
        return (full, try encoder.encode(FullSnapshot.make(index: 2, adapters: 3)))
    }

    /// One to four bytes overwritten, most of them in numbers, where a change is still JSON.
    private func damaged(_ frame: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = frame
        let digits = bytes.indices.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            if Int.random(in: 0..<4, using: &random) > 0, let place = digits.randomElement(using: &random) {
                bytes[place] = UInt8(ascii: "0") + UInt8.random(in: 0...9, using: &random)
            } else {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = Array(#"9-][,{}:"e.\#u{0}\#u{FF}"#.utf8).randomElement(using: &random) ?? 0
            }
        }
        if Int.random(in: 0..<20, using: &random) == 0 {
            bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
        }
        return bytes
    }

    /// A number made a hundred times longer is the kind of damage that traps.
    private func stretched(_ frame: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = frame
        let digits = bytes.indices.filter { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[$0]) }
        guard let place = digits.randomElement(using: &random) else { return bytes }
        let count = Int.random(in: 1...20, using: &random)
        bytes.insert(contentsOf: Array(repeating: UInt8(ascii: "9"), count: count), at: place)
        return bytes
    }

    @Test("2,000 damaged frames are refused in words or drawn", arguments: [false, true])
    func fuzz(isPatch: Bool) throws {
        let (full, patch) = try frames()
        var random = SeededGenerator(seed: isPatch ? 12 : 11)
        var (refused, drawn) = (0, 0)
        for round in 0..<2_000 {
            let frame = isPatch ? patch : full
            let bytes = round % 2 == 0 ? damaged(frame, &random) : stretched(frame, &random)
            var decoder = DeckStreamDecoder()
            if isPatch { _ = try decoder.apply(full) }
            do throws(DeckStreamError) {
                let snapshot = try decoder.apply(bytes)
                // What was taken is a snapshot like any other: it is drawn, and leads on.
                ScreenWalk.glance(snapshot, size: ScreenWalk.sizes[round % 3])
                drawn += 1
            } catch {
                #expect(!error.reason.isEmpty)
                refused += 1
                // It changed nothing: what comes next is read as if it had not come.
                if isPatch { #expect(throws: Never.self) { _ = try decoder.apply(patch) } }
            }
        }
        #expect(refused > 200 && drawn > 200, "\(refused) refused, \(drawn) drawn")
    }
}
