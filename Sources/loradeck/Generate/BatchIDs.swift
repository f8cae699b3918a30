import Foundation
import ModelFiles

/// The ids of a batch file: each is one line's, so that no answer can be taken for another's.
struct BatchIDs {
    /// By the id as it is written in an answer.
    private var lines: [Data: Int] = [:]

    /// Gives a line the id that it asks for. Returns the line that has it already; nil when the id was free.
    mutating func claim(_ id: JSONValue, line: Int) -> Int? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let text = try? encoder.encode(EncodableJSON(id)) else { return nil }
        if let taken = lines[text] { return taken }
        lines[text] = line
        return nil
    }
}
