import DeckCore
import Dispatch
import ModelFiles
import Synchronization

/// A command on its way to its outcome.
struct PendingCommand: Sendable {
    let command: DeckCommand
    let actor: String
    /// Its rank among requests, from the same counter as their ids.
    let order: UInt64
    /// Of a registration that nobody ordered; nil for an order.
    var found: FoundAdapter?
    /// Called once.
    let reply: @Sendable (CommandOutcome) -> Void
}

/// What the registry says of a name whose own place in the adapter root holds something that is not served.
public struct FoundAdapter: Hashable, Sendable {
    /// Contents that orders turned the name away from.
    let turnedDown: Set<Digest>
    /// When the registry was asked, among the engine's commands: what was ordered since is not in it.
    let moment: UInt64

    public init(turnedDown: Set<Digest>, moment: UInt64) {
        self.turnedDown = turnedDown
        self.moment = moment
    }
}

/// What other threads tell the step thread. It reads them between two steps.
enum Message: Sendable {
    /// Enter the queue together.
    case submit([Submission])
    /// Its stream was dropped, or whoever asked wants no more; called back when its pages are free.
    case dropped(RequestID, then: (@Sendable () -> Void)? = nil)
    case tenants([String: TenantPolicy], owners: [String: String])
    case usage(@Sendable ([UsageRecord]) -> Void)
    case command(PendingCommand)
    case opened(AdapterKey, Result<OpenedAdapter, AdapterRefusal>)
    case read(AdapterKey, Result<ReadAdapter, AdapterRefusal>)
    /// A preempted sequence's KV is on disk, or could not be written.
    case kept(RequestID, SpillBook.Ticket, seconds: Double, fault: String?)
    /// It is in memory again, or could not be read.
    case fetched(RequestID, SpillBook.Ticket, SpillBuffer, seconds: Double, fault: String?)
    /// A new version is durable, or was refused.
    case identified(PendingCommand, Result<AdapterVersion, AdapterRefusal>, overrideBase: Bool)
    /// What copies there are by now.
    case versionsSeen(VersionSighting)
    /// A path was read through.
    case verified(PendingCommand, Result<IdentifiedAdapter, AdapterRefusal>)
    /// The journal forgot a name, or could not.
    case removed(String, fault: String?)
    /// The journal could not keep a pin; it goes back to what it was.
    case pinLost(String, wasPinned: Bool)
    /// A snapshot made from now on; nil when the deck stopped.
    case snapshot(@Sendable (DeckSnapshot?) -> Void)
    /// Somebody reads snapshots now.
    case subscribed
    case stop(@Sendable () -> Void)
}

/// The step thread's inbox. Posting never waits for the step thread.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        var isClosed = false
        var isWaiting = false
    }

    private let state = Mutex(State())
    /// Signalled when a message arrives while the step thread waits.
    private let arrived = DispatchSemaphore(value: 0)

    /// False once the step thread has ended.
    @discardableResult
    func post(_ message: Message) -> Bool {
        let posted: (accepted: Bool, wakes: Bool) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.messages.append(message)
            defer { state.isWaiting = false }
            return (true, state.isWaiting)
        }
        if posted.wakes { arrived.signal() }
        return posted.accepted
    }

    /// Posts what a command that waits has come to; once the step thread has ended, nobody else would answer it.
    func post(_ message: Message, for pending: PendingCommand) {
        if !post(message) { pending.reply(.refused("\(pending.command.commandLine): the deck stopped")) }
    }

    func takeAll() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Waits until a message arrives or `seconds` have passed; nil waits for a message only.
    func wait(seconds: Double?) {
        let mustWait = state.withLock { state in
            state.isWaiting = state.messages.isEmpty
            return state.isWaiting
        }
        guard mustWait else { return }
        if let seconds {
            _ = arrived.wait(timeout: .now() + max(0, seconds))
        } else {
            arrived.wait()
        }
    }

    /// Takes what is left; nothing can be posted any more.
    func close() -> [Message] {
        state.withLock { state in
            state.isClosed = true
            defer { state.messages = [] }
            return state.messages
        }
    }
}

extension Mailbox {
    var isClosed: Bool { state.withLock { $0.isClosed } }
}
