import Foundation
import TestSupport
import Testing

/// Screens as text files. `LORADECK_WRITE_GOLDENS=1` writes them anew; look at what changed before committing it.
enum Goldens {
    static let folder = Fixture.root.appendingPathComponent("Tests/ConsoleTests/Goldens")

    static func check(_ lines: [String], _ name: String, _ location: SourceLocation = #_sourceLocation) throws {
        let file = folder.appendingPathComponent(name + ".txt")
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["LORADECK_WRITE_GOLDENS"] != nil {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        guard golden != text else { return }
        let expected = golden.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (row, line) in lines.enumerated() where !expected.indices.contains(row) || expected[row] != line {
            Issue.record(
                "\(name) row \(row):\n is   \(line)\n want \(expected.indices.contains(row) ? expected[row] : "nothing")",
                sourceLocation: location)
            return
        }
        Issue.record("\(name): \(expected.count - 1) rows wanted, \(lines.count) drawn", sourceLocation: location)
    }
}
