import TerminalKit

/// Keys as a command line names them: `Enter`, `Esc`, `Space`, `F1`, `C-l`; any other word is typed.
enum KeyNames {
    private static let named: [String: Key] = [
        "Enter": .enter, "Esc": .escape, "Escape": .escape, "Tab": .tab, "BTab": .backTab, "Space": .character(" "),
        "Backspace": .backspace, "Delete": .delete, "Up": .up, "Down": .down, "Left": .left, "Right": .right,
        "Home": .home, "End": .end, "PgUp": .pageUp, "PgDn": .pageDown,
    ]

    static func keys(_ word: String) -> [Key] {
        if let key = named[word] { return [key] }
        if word.count == 3, word.hasPrefix("C-"), let letter = word.lowercased().last { return [.control(letter)] }
        if word.hasPrefix("F"), let number = Int(word.dropFirst()), (1...12).contains(number) {
            return [.function(number)]
        }
        return word.map { .character($0) }
    }
}
