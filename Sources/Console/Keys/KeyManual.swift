/// The manual's table of keys, generated from the keymap: one row for each binding, in the order of the help.
public enum KeyManual {
    /// Markdown rows without the table's head.
    public static var rows: [String] {
        Keymap.actions.filter(\.isVisible).map { action in
            "| \(keys(action)) | \(places(action)) | \(action.title.replacing("|", with: "\\|")) |"
        }
    }

    /// The head of the table, and the rows.
    public static var table: String { (["| key | where | does |", "|---|---|---|"] + rows).joined(separator: "\n") }

    private static func keys(_ action: KeyAction) -> String {
        ([action.key] + action.aliases).map { "`\($0.label)`" }.joined(separator: " ")
    }

    private static func places(_ action: KeyAction) -> String {
        action.isShared
            ? "everywhere" : View.Kind.allCases.filter(action.views.contains).map(\.rawValue).joined(separator: ", ")
    }
}
