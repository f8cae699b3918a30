import ModelFiles

/// The page of every endpoint's fields, made from the tables that requests are checked against.
public enum FieldManual {
    private static let endpoints: [FieldTable] = [
        .completions, .chat, .tokenize, .detokenize, .loadAdapter, .unloadAdapter, .batchLine, .tokenizeLine,
    ]

    /// Markdown.
    public static var text: String {
        let head = """
            # Fields of requests

            Made from the code; `LORADECK_WRITE_GOLDENS=1 Tests/run --filter FieldTests` writes it anew.

            Every field of a request is honoured, harmless or refused with the way out. A field that is not listed is a 400
            that names the nearest one; objects inside are looked through too. `null` means that a field is not there. Empty
            strings, arrays and objects ask for nothing, so they pass even where a field is refused.

            `/deck/v1/command` and `/deck/v1/prompt` take what loradeck's own consoles write, and refuse any other member
            by name.
            """
        return ([head] + endpoints.map(section)).joined(separator: "\n\n") + "\n"
    }

    private static func section(_ table: FieldTable) -> String {
        var parts = ["## \(table.title)"]
        let honoured = rows(table, "") { rule, place in rule.isHonoured ? "| `\(place)` | \(plain(rule.note)) |" : nil }
        parts.append((["| honoured | |", "|---|---|"] + honoured).joined(separator: "\n"))
        let harmless = rows(table, "") { rule, place in
            if case .harmless = rule.fate { "| `\(place)` | \(plain(rule.note)) |" } else { nil }
        }
        if !harmless.isEmpty { parts.append((["| harmless | |", "|---|---|"] + harmless).joined(separator: "\n")) }
        let refused = rows(table, "") { rule, place in
            guard case .refused(let neutral) = rule.fate else { return nil }
            let values = neutral.map { "`\($0.shown)`" }.joined(separator: ", ")
            return "| `\(place)` | \(plain(rule.note)) | \(values) |"
        }
        if !refused.isEmpty {
            parts.append((["| refused | way out | passes |", "|---|---|---|"] + refused).joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n")
    }

    private static func rows(
        _ table: FieldTable, _ prefix: String, _ row: (FieldRule, String) -> String?
    ) -> [String] {
        table.rules.flatMap { rule in
            let place = prefix + rule.name
            // A wrapping's members are refused like the fields beside it.
            let deeper = rule.isHonoured ? rule.members.map { rows($0, place + ".", row) } ?? [] : []
            return [row(rule, place)].compactMap(\.self) + deeper
        }
    }

    private static func plain(_ note: String) -> String { note.replacing("|", with: "\\|") }
}
