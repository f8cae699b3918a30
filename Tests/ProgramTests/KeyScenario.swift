import Testing

/// Keys that are pressed on the real program, with what must be seen of each.
struct KeyScenario: CustomTestStringConvertible, Sendable {
    let name: String
    let play: @Sendable (KeyPane) throws -> Void

    init(_ name: String, _ play: @escaping @Sendable (KeyPane) throws -> Void) {
        self.name = name
        self.play = play
    }

    var testDescription: String { name }

    static let all = screens + tables + actions + prompts + opened + everywhere

    // MARK: screens

    private static let screens = [
        KeyScenario("every screen by its key") { pane in
            for (key, name) in [
                ("2", "adapters"), ("3", "pages"), ("4", "batch"), ("5", "latency"), ("6", "requests"), ("8", "events"),
                ("9", "history"), ("1", "overview"),
            ] {
                try pane.press("overview", key, see: "\(key)[\(name)]")
            }
            try pane.press("overview", "7", see: "7[prompt]")
            try pane.plain("Esc")
            try pane.press("prompt", "w", see: "─ plan")
        },
        KeyScenario("a deck that is no fleet says so") { pane in
            try pane.press("overview", "R", see: "this deck is one engine, not a fleet")
        },
    ]

    // MARK: tables

    private static let names = [
        "boutique-fr", "clinic-notes", "haiku-hotel", "harbor-bank", "kids-garden", "pirate-games", "sql-helper",
        "ticket-json",
    ]

    private static let tables = [
        KeyScenario("the cursor moves by row, page and end") { pane in
            try pane.press("adapters", "2", see: "2[adapters]")
            // Adapters are registered side by side: for a moment rows stand in the order in which they came.
            try pane.pane.tmux.waitUntil("all rows in the order of their names") { screen in
                let places = names.map { name in screen.firstIndex { $0.contains(" \(name) ") } ?? -1 }
                return !places.contains(-1) && places == places.sorted()
            }
            for (key, row) in [
                ("g", "base"), ("Down", "boutique-fr"), ("j", "clinic-notes"), ("Up", "boutique-fr"), ("k", "base"),
                ("G", "ticket-json"), ("Home", "base"), ("End", "ticket-json"), ("PgUp", "base"),
                ("PgDn", "ticket-json"), ("Ctrl-B", "base"), ("Ctrl-F", "ticket-json"),
            ] {
                try pane.press("adapters", key, see: "> \(row)")
            }
        },
        KeyScenario("tables are sorted, turned round and filtered") { pane in
            try pane.press("adapters", "2", see: "by name↑")
            try pane.press("adapters", "s", see: "by state↑")
            try pane.press("adapters", "r", see: "by state↓")
            for _ in 0..<3 { try pane.plain("s") }
            try pane.press("adapters", "/", see: "filter /")
            try pane.type("sql")
            try pane.plain("Enter")
            try pane.see("1/8 /sql")
            try pane.plain("Esc")
            try pane.gone("1/8 /sql")
            try pane.plain(":")
            try pane.type("sort name")
            try pane.plain("Enter")
            try pane.see("by name↑")
        },
        KeyScenario("the overview has layouts") { try $0.change("overview", "V") },
        KeyScenario("events are followed") { pane in
            try pane.press("events", "8", see: "following")
            try pane.press("events", "Up", see: "f follows")
            try pane.press("events", "f", see: "─ following")
        },
    ]

    // MARK: actions

    private static func select(_ name: String, _ pane: KeyPane) throws {
        try pane.plain("2", "g")
        try pane.see("> base")
        for _ in 0..<8 {
            if try pane.pane.tmux.screen().contains(where: { $0.contains("> \(name)") }) { return }
            try pane.change("adapters", "Down")
        }
    }

    private static let actions = [
        KeyScenario("load, pin, undo and evict") { pane in
            try select("kids-garden", pane)
            try pane.press("adapters", "l", see: "loaded kids-garden")
            try pane.pane.waitForRow("kids-garden") { $0.contains("resident") }
            try pane.press("adapters", "p")
            try pane.pane.waitForRow("kids-garden") { $0.contains(" pin ") }
            try pane.press("adapters", "u")
            try pane.pane.waitForRow("kids-garden") { !$0.contains(" pin ") }
            try pane.press("adapters", "e", see: "[ Cancel ]")
            try pane.plain("Enter")
            try pane.see("cancelled: nothing was done")
            try pane.press("adapters", "e", see: "[ Cancel ]")
            try pane.plain("y")
            try pane.pane.waitForRow("kids-garden") { $0.contains("registered") }
        },
        KeyScenario("marked adapters go together") { pane in
            try select("boutique-fr", pane)
            try pane.press("adapters", "Space", see: "1 marked")
            try pane.press("adapters", "Space", see: "2 marked")
            try pane.press("adapters", "l", see: "load 2 adapters")
            try pane.plain("y")
            for name in ["boutique-fr", "clinic-notes"] {
                try pane.pane.waitForRow(name) { $0.contains("resident") }
            }
        },
        KeyScenario("a path is completed and looked at before anything is registered") { pane in
            try pane.press("adapters", "L", see: "load from a path")
            try pane.see("pirate-games")
            try pane.type("pir")
            try pane.plain("Tab")
            try pane.see("path pirate-games")
            try pane.plain("Enter")
            try pane.pane.tmux.waitUntil("the dry run", seconds: 20) { screen in
                screen.contains { $0.contains("dry run:") || $0.contains("refused, and nothing was changed") }
            }
            try pane.plain("Esc")
            try pane.gone("load from a path")
        },
        KeyScenario("versions, names and admission") { pane in
            try select("boutique-fr", pane)
            try pane.press("adapters", "v", see: "there is no earlier version")
            try pane.press("adapters", "X", see: "unregister adapter")
            try pane.plain("Enter")
            try pane.gone("unregister adapter")
            try pane.press("adapters", "A", see: "pause admission")
            try pane.plain("n")
            try pane.gone("[ Cancel ]")
        },
    ]

    // MARK: prompts

    /// Random tokens without an end, so that there is something to stop.
    private static func ask(long pane: KeyPane) throws {
        try select("boutique-fr", pane)
        try pane.press("adapters", "t", see: "7[prompt]")
        try pane.plain("Esc")
        try pane.press("prompt", "o", see: "options of the next prompts")
        try pane.plain("Ctrl-U")
        try pane.type("6000")
        try pane.plain("Tab", "Ctrl-U")
        try pane.type("3")
        try pane.plain("Tab", "Ctrl-U")
        try pane.type("1")
        try pane.plain("Enter")
        try pane.see("at most 6000 tokens, temperature 3, seed 1")
        try pane.press("prompt", "Shift-Tab")
        try pane.plain("Ctrl-U")
        try pane.type("Tell me everything")
        try pane.press("prompt", "Enter", see: "decoding")
    }

    private static let prompts = [
        KeyScenario("an answer is stopped") { pane in
            try ask(long: pane)
            try pane.plain("Esc")
            try pane.press("prompt", "x", see: "stopped")
        },
        KeyScenario("a request is opened and aborted") { pane in
            try ask(long: pane)
            try pane.plain("Esc")
            try pane.press("prompt", "6", see: "6[requests]")
            // The cursor keeps its request while newer ones come above it.
            // The live request is the first or the last row, by what else has run.
            var end = "g"
            try pane.pane.tmux.waitUntil("the cursor on the live request", seconds: 20) { screen in
                if screen.contains(where: { $0.contains("> #") && $0.contains(" decode ") }) { return true }
                try pane.press("requests", end)
                end = end == "g" ? "G" : "g"
                return false
            }
            try pane.press("requests", "x", see: "abort request")
            try pane.plain("x")
            try pane.see("[ Cancel ]")
            try pane.plain("y")
            try pane.see("aborted request")
            try pane.press("requests", "Enter", see: "─ request #")
        },
        KeyScenario("targets are chosen, and answers compared side by side") { pane in
            try pane.plain(":")
            try pane.type("temperature 0")
            try pane.plain("Enter", ":")
            try pane.type("max 24")
            try pane.plain("Enter")
            try select("boutique-fr", pane)
            for count in 1...4 { try pane.press("adapters", "Space", see: "\(count) marked") }
            try pane.press("adapters", "c", see: "─ targets 5")
            try pane.plain("Ctrl-U")
            try pane.type("Where is my parcel?")
            try pane.plain("Enter")
            try pane.see("the one to compare with")
            try pane.see("differs at token")
            try pane.plain("Esc")
            for (key, isThere) in [("Right", false), ("Left", true), ("l", false), ("h", true)] {
                try pane.press("prompt", key)
                try pane.pane.tmux.waitUntil("the base's answer to come or go", seconds: 20) { screen in
                    screen.contains { $0.contains("─ base ─") } == isThere
                }
            }
            try pane.press("prompt", "Space", see: "─ targets 4")
            // The marks go again.
            try pane.plain("2")
            try pane.see("4 marked")
            try pane.plain("g", "Down", "Space", "Space", "Space", "Space")
            try pane.gone(" marked")
        },
        KeyScenario("prompts are saved, edited and deleted") { pane in
            try select("pirate-games", pane)
            try pane.plain("t", "Ctrl-U")
            try pane.type("Ahoy there")
            try pane.plain("Esc")
            try pane.press("prompt", "a", see: "save a prompt")
            try pane.plain("Enter")
            try pane.see("saved for pirate-games")
            try pane.press("prompt", "Tab")
            try pane.press("prompt", "e", see: "edit saved prompt")
            try pane.type(" again")
            try pane.plain("Enter")
            try pane.see("again  pirate-games")
            try pane.press("prompt", "d", see: "delete saved prompt")
            try pane.plain("y")
            try pane.gone("again  pirate-games")
        },
    ]

    // MARK: pages, steps, latency, history

    private static let opened = [
        KeyScenario("an adapter opens") { pane in
            try select("boutique-fr", pane)
            try pane.press("adapters", "Enter", see: "adapters > boutique-fr")
        },
        KeyScenario("pages are walked through, zoomed and opened") { pane in
            try pane.plain("3")
            try pane.see("3[pages]")
            for key in [">", "<", "Right", "Left", "n", "N"] { try pane.change("pages", key) }
            // Focus is colour only: what the next key moves tells where it is.
            try pane.press("pages", "Tab")
            try pane.change("pages", "Up")
            try pane.press("pages", "Shift-Tab")
            try pane.change("pages", "Right")
            try pane.press("pages", "Enter", see: "size           ")
        },
        KeyScenario("steps are walked through, followed and opened") { pane in
            try pane.plain("4")
            try pane.see("4[batch]")
            for key in ["Left", "Right", "Left", "f", "Tab", "Shift-Tab"] { try pane.change("batch", key) }
            try pane.press("batch", "Enter", see: "─ step ")
        },
        KeyScenario("latency by measure and span") { pane in
            try pane.plain("5")
            try pane.see("5[latency]")
            for key in ["m", ">", "<", "Tab", "Shift-Tab"] { try pane.change("latency", key) }
            try pane.press("latency", "Enter")
            try pane.gone("5[latency] ─")
        },
        KeyScenario("history goes back and forward") { pane in
            try pane.plain("9")
            try pane.see("9[history]")
            try pane.press("history", "Left", see: "HISTORY")
            try pane.press("history", "Right")
            try pane.press("history", "h", see: "HISTORY")
            try pane.press("history", "l")
            for key in [">", "<"] { try pane.change("history", key) }
            try pane.press("history", "[", see: "HISTORY")
            try pane.press("history", "]")
            try pane.press("history", "{", see: "HISTORY")
            try pane.change("history", "}")
            try pane.press("history", "End")
            try pane.gone("HISTORY")
        },
        KeyScenario("a plan's values change") { pane in
            try pane.plain("w")
            try pane.see("─ plan")
            for key in ["Right", "Left"] { try pane.change("plan", key) }
            try pane.press("plan", "Enter", see: "next line")
            try pane.plain("Ctrl-U")
            try pane.type("24")
            try pane.plain("Enter")
            try pane.see("rank     24")
        },
    ]

    // MARK: everywhere

    private static let everywhere = [
        KeyScenario("the command line, with completion") { pane in
            try pane.press("overview", ":", see: "quit")
            try pane.type("fre")
            try pane.plain("Tab", "Backspace", "Enter")
            try pane.see("PAUSED")
            try pane.press("overview", "z")
            try pane.gone("PAUSED")
        },
        KeyScenario("help is opened by both keys, and searched") { pane in
            for key in ["?", "F1"] {
                try pane.press("overview", key, see: "─ help ")
                try pane.plain("/")
                try pane.type("evict")
                try pane.see("search /evict")
                try pane.plain("Esc", "Esc")
                try pane.gone("─ help ")
            }
        },
        KeyScenario("own cost is shown") { pane in
            try pane.change("overview", "O")
            try pane.change("overview", "O")
        },
        KeyScenario("a name is copied") { pane in
            try select("boutique-fr", pane)
            try pane.press("adapters", "y", see: "─ copy ")
            try pane.plain("n")
            try pane.see("name copied")
        },
        KeyScenario("screens and tables are dumped to files") { pane in
            for (key, suffix) in [("t", ".txt"), ("s", ".svg")] {
                try pane.press("overview", "Ctrl-S", see: "─ dump ")
                try pane.plain(key)
                try pane.pane.tmux.waitUntil("the file's name", seconds: 20) { screen in
                    screen.contains { $0.contains(suffix) }
                }
            }
        },
        KeyScenario("the mouse is switched off and on") { pane in
            try pane.press("overview", "M", see: "mouse off")
            try pane.press("overview", "M", see: "mouse on")
        },
        KeyScenario("themes preview, and the old one comes back") { pane in
            try pane.press("overview", "T", see: "─ theme ")
            try pane.plain("Down", "Esc")
            try pane.gone("─ theme ")
        },
        KeyScenario("the refresh rate changes") { pane in
            try pane.press("overview", "+", see: "refresh at most 5 a second")
            try pane.press("overview", "=", see: "refresh at most 10 a second")
            try pane.press("overview", "-", see: "refresh at most 5 a second")
        },
        KeyScenario("a spoilt screen is drawn anew") { pane in
            try pane.press("overview", "Ctrl-L", see: "1[overview]")
        },
        KeyScenario("it stops and goes on like any program") { pane in
            try pane.press("overview", "Ctrl-Z", see: "Stopped")
            try pane.pane.tmux.run("fg")
            try pane.see("1[overview]")
            // The shell's line is over for it: the next test starts afresh.
            try pane.plain("Q")
            try pane.see("ready>")
            KeyPane.forget()
        },
        KeyScenario("Esc and q go back") { pane in
            try pane.plain("8")
            try pane.see("8[events]")
            try pane.press("events", "q", see: "1[overview]")
            try pane.plain("8")
            try pane.see("8[events]")
            try pane.press("events", "Esc", see: "1[overview]")
        },
        KeyScenario("Q ends it") { pane in
            try pane.press("overview", "Q", see: "ended with 0")
            KeyPane.forget()
        },
        KeyScenario("Ctrl-C ends it") { pane in
            try pane.press("overview", "Ctrl-C", see: "ended with 0")
            KeyPane.forget()
        },
    ]
}
