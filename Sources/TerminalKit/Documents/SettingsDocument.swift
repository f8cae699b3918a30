import Foundation
import TOMLKit

/// A TOML file of settings as written, whatever its keys mean.
public struct SettingsDocument: Sendable {
    public enum Value: Hashable, Sendable {
        case text(String)
        case number(Int)
        case truth(Bool)
        /// Something that no setting is: a list, a date, a fraction. Its name in words.
        case other(String)
    }

    public struct Entry: Hashable, Sendable {
        /// With a point between a section and its key.
        public let key: String
        public let value: Value
        /// From 1; nil where it cannot be told.
        public let line: Int?
    }

    /// The file's name, for messages.
    public let file: String
    /// In the order of their lines.
    public let entries: [Entry]

    /// - Throws: what makes the text no TOML, with its line.
    public init(_ text: String, file: String) throws(DocumentError) {
        let document = try TOMLDocument(text, file: file)
        var entries: [Entry] = []
        Self.collect(document.table, under: [], document.lines, into: &entries)
        self.file = file
        self.entries = entries.sorted { ($0.line ?? 0, $0.key) < ($1.line ?? 0, $1.key) }
    }

    /// Reads a file.
    public init(contentsOf file: URL) throws(DocumentError) {
        try self.init(UserFile.text(of: file), file: Sanitiser.line(file.lastPathComponent, limit: 128))
    }

    private static func collect(
        _ table: TOMLTable, under path: [String], _ lines: KeyLines, into entries: inout [Entry]
    ) {
        for (key, value) in table {
            let path = path + [key]
            if let section = value.table, !section.isEmpty {
                collect(section, under: path, lines, into: &entries)
            } else {
                entries.append(
                    Entry(key: path.joined(separator: "."), value: read(value), line: lines.line(of: path)))
            }
        }
    }

    private static func read(_ value: any TOMLValueConvertible) -> Value {
        if let text = value.string { return .text(text) }
        if let truth = value.bool { return .truth(truth) }
        if let number = value.int { return .number(number) }
        if value.table != nil { return .other("a section") }
        return .other(value.array != nil ? "a list" : value.double != nil ? "a fraction" : "a date or time")
    }
}
