/// What an operator can order a deck to do. Values only: the deck decides whether, and answers with a `CommandOutcome`.
public indirect enum DeckCommand: Hashable, Sendable, Codable {
    /// Brings a registered adapter into the pool.
    case load(adapter: String)
    /// Registers an adapter folder or file under a name (or makes it the next version of that name) without loading it.
    /// `overrideBase` accepts a contradicting base declaration, and is audited.
    case register(name: String, path: String, overrideBase: Bool)
    /// Takes an adapter out of the pool. `digest` freezes the target: another version under the same name is refused.
    case evict(adapter: String, digest: Digest?, mode: EvictMode)
    case pin(adapter: String)
    case unpin(adapter: String)
    /// Ends a request and frees its pages.
    case abort(RequestID)
    /// Gives the pool another budget, in bytes, for KV cache and adapters together.
    case resizePool(bytes: Int)
    /// Changes nothing; the outcome says who would leave if the pool had that budget now, or why it cannot have it.
    case forecastResize(bytes: Int)
    /// Reads and checks an adapter folder or file as a registration would, and changes nothing; the outcome says what it
    /// found.
    case verify(path: String)
    /// Points a name at an earlier version of it again.
    case rollback(adapter: String, to: Digest)
    /// Takes a name out of the registry. Its pages go back first, as an eviction with drain does.
    case unregister(adapter: String)
    /// Whether new requests are admitted; those admitted before go on.
    case setAdmission(isOpen: Bool)
    /// The same order for one engine of a fleet, by `ReplicaSnapshot.name`.
    case only(replica: String, DeckCommand)

    public enum EvictMode: String, Hashable, Sendable, Codable {
        /// Running sequences finish first; new ones wait for a reload.
        case drain
        /// Running sequences are aborted.
        case abort
    }

    /// The same order as the console's command line takes it.
    public var commandLine: String {
        switch self {
        case .load(let adapter): "load \(adapter)"
        case .register(let name, let path, let override):
            "register \(name) \(path)" + (override ? " --override-base" : "")
        case .evict(let adapter, _, let mode): "evict \(adapter)" + (mode == .abort ? " --abort" : "")
        case .pin(let adapter): "pin \(adapter)"
        case .unpin(let adapter): "unpin \(adapter)"
        case .abort(let request): "abort \(request.value)"
        case .resizePool(let bytes): "resize \(bytes)"
        case .forecastResize(let bytes): "resize \(bytes) --dry-run"
        case .verify(let path): "verify \(path)"
        case .rollback(let adapter, let digest): "rollback \(adapter) \(digest.short)"
        case .unregister(let adapter): "unregister \(adapter)"
        case .setAdmission(let isOpen): isOpen ? "resume" : "pause"
        case .only(let replica, let command): "\(command.commandLine) --replica \(replica)"
        }
    }

    /// The kind of action, as capabilities name it.
    public var action: DeckAction {
        switch self {
        case .load: .load
        case .register: .register
        case .evict: .evict
        case .pin, .unpin: .pin
        case .abort: .abort
        case .resizePool, .forecastResize: .resize
        case .verify: .verify
        case .rollback: .rollback
        case .unregister: .unregister
        case .setAdmission: .admission
        case .only(_, let command): command.action
        }
    }
}

/// The kinds of action that a deck may or may not allow.
public enum DeckAction: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    case load, register, evict, pin, abort, prompt, resize, verify, rollback, unregister, admission
}

/// How a command ended. `refused` changed nothing; its message says why, with the arithmetic.
public enum CommandOutcome: Hashable, Sendable, Codable {
    case done(String)
    case refused(String)
    /// Of the engines of a fleet some did it and some did not; the message says which, and why.
    case partly(String)

    public var message: String {
        switch self {
        case .done(let text), .refused(let text), .partly(let text): text
        }
    }

    public var succeeded: Bool {
        if case .done = self { true } else { false }
    }
}
