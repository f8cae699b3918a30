/// The manual's tables of keys, generated from the keymap.
public enum KeyManual {
    /// The bindings that the first look at the manual shows.
    private static let first: [ActionID] = [
        .detail, .load, .evict, .pin, .mark, .compare, .filter, .command, .help, .quit,
    ]

    /// The page of all keys, as Markdown: one row for each binding, in the order of the help.
    public static var page: String {
        let head = """
            # Keys of the console

            Made from the keymap; `LORADECK_WRITE_GOLDENS=1 Tests/run --filter KeymapTests` writes it anew.

            A key works on the screens that stand beside it, and `everywhere` where no text is being typed. An action that is
            not possible now stays in help and hints, with its reason.
            """
        let rows = Keymap.actions.filter(\.isVisible).map { action in
            "| \(keys(action)) | \(places(action)) | \(title(action)) |"
        }
        return [head, table("| key | where | does |", rows), dialogs].joined(separator: "\n\n") + "\n"
    }

    /// The manual's short table: the first bindings, without their places.
    public static var firstKeys: String {
        table("| key | does |", first.compactMap(Keymap.action).map { "| \(keys($0)) | \(title($0)) |" })
    }

    private static let dialogs = """
        ## Questions, menus and forms

        They take all keys while they are open; `Ctrl-C`, `Ctrl-L` and `Ctrl-Z` work as everywhere.

        - A question names what it takes away. `y` confirms and `n` or `Esc` cancels. `Tab` and the arrows left and right choose
          a button and `Enter` presses it; Cancel is chosen at first. `a` in the question of an eviction chooses whether running
          requests may end or are aborted.
        - In a menu `Up` and `Down` choose and `Enter` takes, the key that stands before an entry takes it at once, and `Esc` or
          `q` leaves.
        - In a form `Tab` goes to the next field, `Enter` keeps, and `Esc` leaves everything as it was.
        - In the help `/` searches.
        - On the command line `Tab` completes, and `Up` and `Down` go through what was typed before.
        """

    private static func table(_ head: String, _ rows: [String]) -> String {
        let rule = "|" + String(repeating: "---|", count: head.count { $0 == "|" } - 1)
        return ([head, rule] + rows).joined(separator: "\n")
    }

    private static func title(_ action: KeyAction) -> String { action.title.replacing("|", with: "\\|") }

    private static func keys(_ action: KeyAction) -> String {
        ([action.key] + action.aliases).map { "`\($0.label)`" }.joined(separator: " ")
    }

    private static func places(_ action: KeyAction) -> String {
        action.isShared
            ? "everywhere" : View.Kind.allCases.filter(action.views.contains).map(\.rawValue).joined(separator: ", ")
    }
}
