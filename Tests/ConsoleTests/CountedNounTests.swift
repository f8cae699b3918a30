import DeckCore
import Foundation
import TestSupport
import Testing

@Suite struct CountedNounTests {
    @Test func aNumberGoesWithItsNoun() {
        #expect(0.counted("page") == "0 pages")
        #expect(1.counted("page") == "1 page")
        #expect(2.counted("page") == "2 pages")
        #expect(UInt32(1).counted("entry", many: "entries") == "1 entry")
        #expect(7.counted("entry", many: "entries") == "7 entries")
        #expect("\(1.counted("sequence")) \(1.form("finishes", many: "finish"))" == "1 sequence finishes")
        #expect("\(3.counted("sequence")) \(3.form("finishes", many: "finish"))" == "3 sequences finish")
    }

    /// No message of the console or the engine writes a number before a plural of its own making: it would read "1 pages".
    @Test(arguments: ["Console", "ServingEngine/Engine", "ServingEngine/Adapters", "DeckCore"])
    func messagesCountByTheHelper(_ room: String) throws {
        let folder = Fixture.root.appendingPathComponent("Sources/\(room)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let pattern =
            /\\\([\w.$]+(\(\w*\))?\) (adapter|page|sequence|request|token|step|module|version|moment|row|load|eviction|hit|reload)s\b/
        for case let file as URL in files where file.pathExtension == "swift" {
            for (number, line) in try String(contentsOf: file, encoding: .utf8).split(separator: "\n").enumerated() {
                let isMessage = !line.allSatisfy(\.isWhitespace) && line.contains(pattern)
                #expect(!isMessage, "\(file.lastPathComponent):\(number + 1): \(line)")
            }
        }
    }
}
