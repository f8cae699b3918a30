import DeckCore

/// What Tab makes of a command line: its longest certain continuation.
struct Completion {
    /// The completed line; nil when nothing fits.
    let text: String?
    /// The words that fit, whole.
    let candidates: [String]
    /// The path that is being typed; nil where none is.
    let path: String?

    init(_ line: String, state: ConsoleState) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let typed = parts.last ?? ""
        let word = parts.count > 1 ? ConsoleWord(rawValue: parts[0]) : nil
        let isPath =
            word?.pathArgument == parts.count - 2 && (word != .load || LoadDialog.isPath(typed)) && word != .dump
        path = isPath ? typed : nil
        let pool: [String]
        if parts.count <= 1 {
            pool = ConsoleWord.allCases.map(\.rawValue)
        } else if parts.dropLast().last == "--replica", word?.takesReplica == true {
            pool = (state.snapshot?.replicas ?? []).map(\.name)
        } else if isPath {
            pool = state.paths.candidates(typed)
        } else if let word {
            pool = Self.arguments(of: word, at: parts.count - 2, after: parts, state: state)
        } else {
            pool = []
        }
        candidates = pool.filter { $0.hasPrefix(typed) }
        guard let common = candidates.commonBeginning else {
            text = nil
            return
        }
        let isCertain = candidates.count == 1 && !common.hasSuffix("/")
        let takesMore = parts.count == 1 && word.map { !$0.arguments.isEmpty } ?? true
        text = (parts.dropLast() + [common]).joined(separator: " ") + (isCertain && takesMore ? " " : "")
    }

    private static func arguments(
        of word: ConsoleWord, at place: Int, after parts: [String], state: ConsoleState
    ) -> [String] {
        let adapters = state.snapshot?.adapters ?? []
        var pool: [String] = []
        if place == 0 {
            if word.takesAdapter { pool = adapters.map(\.name) }
            switch word {
            case .theme: pool = state.configuration.themes
            case .sort: pool = SortKey.allCases.map(\.title)
            case .go: pool = View.named.keys.sorted()
            case .dump: pool = DumpFormat.allCases.map(\.rawValue)
            case .mouse: pool = ["on", "off"]
            case .detail, .test: pool.append("base")
            case .abort:
                pool = (state.snapshot?.requests ?? []).filter(\.phase.isLive).map { "\($0.id.value)" }
            default: break
            }
        } else if place == 1, word == .rollback {
            pool = (adapters.first { $0.name == parts[1] }?.versions ?? [])
                .filter { !$0.isCurrent && $0.goneReason == nil }.map(\.digest.short)
        }
        let isOption = parts.last?.hasPrefix("-") == true
        if place >= 1, isOption || pool.isEmpty {
            if word == .evict { pool.append("--abort") }
            if word == .register, place >= 2 { pool.append("--override-base") }
        }
        if word.takesReplica, isOption || (place >= 1 && pool.isEmpty), state.snapshot?.replicas.isEmpty == false {
            pool.append("--replica")
        }
        return pool.filter { candidate in !candidate.hasPrefix("--") || !parts.dropLast().contains(candidate) }
    }
}
