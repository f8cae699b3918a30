import DeckCore

/// A question that must be answered before something is done. Its targets were frozen, by identity, when it opened.
public struct Confirmation: Hashable, Sendable {
    /// An adapter as it was when the dialog opened.
    public struct Frozen: Hashable, Sendable {
        public let name: String
        public let digest: Digest?
        /// Pages that it held, or that a load of it needs; nil when that is not known.
        public let pages: Int?
        public let bytes: Int
        public let running: Int
        public let waiting: Int
        /// Requests that named it within the last minute; nil where that is not known.
        public let asked: Int?
    }

    /// What the deck answered when it was asked what an order would do.
    public struct Forecast: Hashable, Sendable {
        public let text: String
        /// Whether the order would be carried out.
        public let isPossible: Bool
    }

    /// A marked adapter that the order cannot be given for.
    public struct LeftOut: Hashable, Sendable {
        public let name: String
        public let reason: String
    }

    public enum Subject: Hashable, Sendable {
        case evict([Frozen])
        case load([Frozen])
        case pin([Frozen])
        case unpin([Frozen])
        case unregister(Frozen)
        case rollback(Frozen, to: Digest)
        /// The name points at what the path holds from then on.
        case replace(Frozen, path: String, overrideBase: Bool)
        /// The pool's pages now and then; nil where they are not known.
        case resize(bytes: Int, now: Int?, then: Int?)
        case abort(RequestID, adapter: String?, origin: String, generated: Int)
        case pauseAdmission(running: Int, waiting: Int)
        case deletePrompt(DemoPrompt)
    }

    public enum Button: Hashable, Sendable {
        case cancel, confirm
    }

    public let subject: Subject
    /// Marked ones that are not in it.
    public var leftOut: [LeftOut] = []
    /// The engine of a fleet that alone is meant.
    public var replica: String?
    /// What it takes back; nil when it is no undo.
    public var undoes: String?
    /// What the deck was asked for, and has not answered yet.
    public var awaited: DeckCommand?
    public var forecast: Forecast?
    public var focused = Button.cancel
    /// Only asked for where sequences run.
    public var mode = DeckCommand.EvictMode.drain
    /// First visible row of a long list of targets.
    public var top = 0

    public init(_ subject: Subject) { self.subject = subject }

    /// Whether there is a choice between draining and aborting.
    public var hasModes: Bool {
        if case .evict(let targets) = subject { targets.contains { $0.running > 0 } } else { false }
    }

    /// The orders, as they were frozen: one for each target, by the names that the screen shows.
    public var commands: [DeckCommand] {
        let orders: [DeckCommand] =
            switch subject {
            case .evict(let targets): targets.map { .evict(adapter: $0.name, digest: $0.digest, mode: mode) }
            case .load(let targets): targets.map { .load(adapter: $0.name) }
            case .pin(let targets): targets.map { .pin(adapter: $0.name) }
            case .unpin(let targets): targets.map { .unpin(adapter: $0.name) }
            case .unregister(let target): [.unregister(adapter: target.name)]
            case .rollback(let target, let digest): [.rollback(adapter: target.name, to: digest)]
            case .replace(let target, let path, let override):
                [.register(name: target.name, path: path, overrideBase: override)]
            case .resize(let bytes, _, _): [.resizePool(bytes: bytes)]
            case .abort(let request, _, _, _): [.abort(request)]
            case .pauseAdmission: [.setAdmission(isOpen: false)]
            case .deletePrompt: []
            }
        guard let replica else { return orders }
        return orders.map { .only(replica: replica, $0) }
    }

    /// The frozen adapters.
    public var targets: [Frozen] {
        switch subject {
        case .evict(let targets), .load(let targets), .pin(let targets), .unpin(let targets): targets
        case .unregister(let target), .rollback(let target, _), .replace(let target, _, _): [target]
        case .resize, .abort, .pauseAdmission, .deletePrompt: []
        }
    }
}
