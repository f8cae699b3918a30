import DeckCore

/// One command of the `:` line.
enum ConsoleWord: String, CaseIterable {
    case load, evict, pin, unpin, register, verify, unregister, rollback, abort, resize, pause, resume, undo
    case detail, test, filter, sort, go, at, freeze, theme, refresh, max, temperature, seed, copy, dump, mouse,
        reload, help, quit

    /// What follows it, for the help and for messages.
    var arguments: String {
        switch self {
        case .load: "NAME or PATH [--replica R]"
        case .evict: "NAME [--abort] [--replica R]"
        case .pin, .unpin, .unregister: "NAME [--replica R]"
        case .detail, .test: "NAME"
        case .register: "NAME PATH [--override-base] [--replica R]"
        case .verify: "PATH [--replica R]"
        case .rollback: "NAME DIGEST [--replica R]"
        case .abort: "REQUEST"
        case .resize: "BYTES, such as 512M [--dry-run] [--replica R]"
        case .pause, .resume: "[--replica R]"
        case .filter: "[TEXT]"
        case .sort: "COLUMN"
        case .go: "SCREEN, such as pages"
        case .at: "TIME, such as 14:05, -90s or now"
        case .theme: "[NAME]"
        case .refresh: "FRAMES-A-SECOND"
        case .max: "TOKENS"
        case .temperature: "NUMBER"
        case .seed: "[NUMBER]"
        case .dump: "text | svg | csv [PATH]"
        case .mouse: "on | off"
        case .undo, .freeze, .copy, .reload, .help, .quit: ""
        }
    }

    /// What it does, where its name does not say it.
    var summary: String {
        switch self {
        case .load: "into the pool; a path goes through a dry run first"
        case .verify: "dry run: reads and checks, changes nothing"
        case .pause: "admit no new request"
        case .resume: "admit requests again"
        case .freeze: "pause the screen, or go on"
        case .at: "the recorded moment, on every screen"
        case .seed: "of the next answers; none draws fresh ones"
        case .rollback: "to an earlier version"
        case .reload: "reads settings and themes again"
        default: ""
        }
    }

    /// Whether its first argument names an adapter.
    var takesAdapter: Bool {
        switch self {
        case .load, .evict, .pin, .unpin, .unregister, .rollback, .detail, .test, .register: true
        default: false
        }
    }

    /// Which argument is a path, from 0.
    var pathArgument: Int? {
        switch self {
        case .load, .verify: 0
        case .register, .dump: 1
        default: nil
        }
    }

    /// Whether one engine of a fleet can be meant.
    var takesReplica: Bool { arguments.contains("--replica") }
}
