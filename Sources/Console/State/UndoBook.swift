import DeckCore

/// What was done from here, and what takes it back: newest last.
public struct UndoBook: Hashable, Sendable {
    static let capacity = 20

    public struct Entry: Hashable, Sendable {
        public let done: DeckCommand
        public let inverse: DeckCommand
    }

    public private(set) var entries: [Entry] = []
    private var underWay: [DeckCommand: DeckCommand] = [:]
    /// Orders that take something back; their outcome is nothing to take back again.
    private var undoing: Set<DeckCommand> = []

    public init() {}

    /// What the next undo would do.
    public var next: Entry? { entries.last }

    /// A command is on its way; `inverse` was reckoned from the moment before it.
    mutating func begin(_ command: DeckCommand, inverse: DeckCommand?) {
        if let inverse, !undoing.contains(command) { underWay[command] = inverse }
    }

    /// Takes the newest entry out, because its inverse is about to be ordered.
    mutating func takeNext() -> Entry? {
        guard let entry = entries.popLast() else { return nil }
        undoing.insert(entry.inverse)
        return entry
    }

    /// A command has come to its end. An undo that was refused can be tried again.
    mutating func finish(_ command: DeckCommand, succeeded: Bool) {
        undoing.remove(command)
        guard let inverse = underWay.removeValue(forKey: command), succeeded else { return }
        entries = (entries + [Entry(done: command, inverse: inverse)]).suffix(Self.capacity)
    }
}

extension DeckCommand {
    /// What takes this command back, reckoned before it is carried out; nil when nothing does.
    ///
    /// `adapter` finds an adapter by the deck's own name for it.
    func inverse(poolBytes: Int?, adapter find: (String) -> AdapterSnapshot?) -> DeckCommand? {
        switch self {
        case .load(let name): .evict(adapter: name, digest: find(name)?.digest, mode: .drain)
        case .evict(let name, _, _): .load(adapter: name)
        case .pin(let name): .unpin(adapter: name)
        case .unpin(let name): .pin(adapter: name)
        case .resizePool: poolBytes.map { .resizePool(bytes: $0) }
        case .rollback(let name, _): find(name)?.digest.map { .rollback(adapter: name, to: $0) }
        case .setAdmission(let isOpen): .setAdmission(isOpen: !isOpen)
        case .register(let name, _, _):
            if let before = find(name) {
                before.digest.map { .rollback(adapter: name, to: $0) }
            } else {
                .unregister(adapter: name)
            }
        case .unregister(let name):
            find(name)?.facts.map { facts in
                var isOverridden = false
                if case .overridden = facts.verdict { isOverridden = true }
                return .register(name: name, path: facts.path, overrideBase: isOverridden)
            }
        case .only(let replica, let command):
            command.inverse(poolBytes: nil, adapter: find).map { .only(replica: replica, $0) }
        case .abort, .verify, .forecastResize: nil
        }
    }

    /// The same order with every adapter's name passed through `change`.
    func renamed(_ change: (String) -> String) -> DeckCommand {
        switch self {
        case .load(let name): .load(adapter: change(name))
        case .register(let name, let path, let override):
            .register(name: change(name), path: path, overrideBase: override)
        case .evict(let name, let digest, let mode): .evict(adapter: change(name), digest: digest, mode: mode)
        case .pin(let name): .pin(adapter: change(name))
        case .unpin(let name): .unpin(adapter: change(name))
        case .rollback(let name, let digest): .rollback(adapter: change(name), to: digest)
        case .unregister(let name): .unregister(adapter: change(name))
        case .only(let replica, let command): .only(replica: replica, command.renamed(change))
        case .abort, .resizePool, .forecastResize, .verify, .setAdmission: self
        }
    }
}
