import Foundation
import TestSupport

/// One running console that all key tests share, and the keys that one of them pressed in it.
final class KeyPane {
    /// A key, as help names it, in a kind of view.
    struct Press: Hashable {
        let view: String
        let key: String
    }

    /// The program, started once; its terminal ends with the tests' process. Unsafe in name only: the suites that drive
    /// the real program run one test at a time.
    nonisolated(unsafe) private static var running: ConsolePane?

    let pane: ConsolePane
    private(set) var presses: Set<Press> = []

    /// Goes back to the overview, whatever the test before left open. Only the serialised suite of the real program calls it.
    init() throws {
        if let running = Self.running {
            pane = running
            for _ in 0..<3 { try pane.tmux.press("Escape") }
            try pane.tmux.type("1")
        } else {
            pane = try ConsolePane(width: 160, height: 45)
            Self.running = pane
            atexit { KeyPane.running = nil }
        }
        try pane.waitForOverview()
    }

    /// Ends the program's terminal, after a test that ended the program.
    static func forget() { running = nil }

    /// Presses keys by the names that help gives them.
    func press(_ view: String, _ keys: String...) throws {
        for key in keys {
            presses.insert(Press(view: view, key: key))
            try send(key)
        }
    }

    /// Presses a key, then waits until a row has the text.
    func press(_ view: String, _ key: String, see text: String) throws {
        try press(view, key)
        try see(text)
    }

    /// Presses a key, then waits until anything but the figures on top looks different.
    func change(_ view: String, _ key: String) throws {
        let before = Self.body(try pane.tmux.screen())
        try press(view, key)
        try pane.tmux.waitUntil("\(key) to change \(view)", seconds: 12) { Self.body($0) != before }
    }

    func see(_ text: String) throws { try pane.tmux.waitFor(text, seconds: 12) }

    func gone(_ text: String) throws {
        try pane.tmux.waitUntil("“\(text)” to go", seconds: 12) { !$0.contains { $0.contains(text) } }
    }

    func type(_ text: String) throws { try pane.tmux.type(text) }

    /// Keys inside dialogs and text, which the keymap does not hold.
    func plain(_ keys: String...) throws { for key in keys { try send(key) } }

    private static func body(_ screen: [String]) -> [String] { Array(screen.dropFirst(2)) }

    private func send(_ key: String) throws {
        let names = [
            "Esc": "Escape", "Shift-Tab": "BTab", "PgUp": "PPage", "PgDn": "NPage", "Backspace": "BSpace",
        ]
        if key.count == 1 {
            try pane.tmux.type(key)
        } else if key.hasPrefix("Ctrl-"), let letter = key.last {
            try pane.tmux.press("C-\(letter.lowercased())")
        } else {
            try pane.tmux.press(names[key] ?? key)
        }
    }
}
