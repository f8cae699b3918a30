import DeckCore

/// A question that must be answered before something destructive is done. Its target was frozen when it opened.
public struct Confirmation: Hashable, Sendable {
    public enum Subject: Hashable, Sendable {
        /// `pages` are those that it held when the dialog opened.
        case evict(name: String, digest: Digest?, pages: Int, bytes: Int, running: Int, waiting: Int)
        case abort(RequestID, adapter: String?, generated: Int)
    }

    public enum Button: Hashable, Sendable {
        case cancel, confirm
    }

    public let subject: Subject
    public var focused = Button.cancel
    /// Only asked for where sequences run.
    public var mode = DeckCommand.EvictMode.drain

    public init(_ subject: Subject) { self.subject = subject }

    /// Whether there is a choice between draining and aborting.
    public var hasModes: Bool {
        if case .evict(_, _, _, _, let running, _) = subject { running > 0 } else { false }
    }

    /// The order, as it was frozen.
    public var command: DeckCommand {
        switch subject {
        case .evict(let name, let digest, _, _, _, _): .evict(adapter: name, digest: digest, mode: mode)
        case .abort(let request, _, _): .abort(request)
        }
    }
}
