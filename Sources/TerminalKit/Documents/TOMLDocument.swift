import TOMLKit

/// A TOML text that was read whole, with the lines of its keys.
struct TOMLDocument {
    let table: TOMLTable
    let lines: KeyLines

    /// - Throws: what makes it no TOML, with its line.
    init(_ text: String, file: String) throws(DocumentError) {
        guard !text.utf8.contains(0) else {
            throw DocumentError(file: file, message: "holds a NUL, so it is no text")
        }
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw DocumentError(
                file: file, line: error.source.begin.line, message: Sanitiser.line(error.description))
        } catch {
            throw DocumentError(file: file, message: Sanitiser.line("\(error)"))
        }
        lines = KeyLines(text)
    }
}
