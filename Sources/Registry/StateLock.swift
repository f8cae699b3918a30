import DeckCore
import Foundation
import Glibc
import Synchronization

/// One program's hold on a state folder. Two decks on one registry would each serve what the other changed: the second is
/// told who holds it. The system lets go of it when the process ends, however it ends.
///
/// Programs that only read the registry, or change tenants and keys in it, need none.
public final class StateLock: Sendable {
    /// Who holds a folder, as it says itself.
    public struct Holder: Hashable, Sendable, Codable {
        /// Such as `serve`.
        public let command: String
        public let process: Int32
        public let since: Date
        /// Where its API answers, as `loradeck attach` takes it; nil without one.
        public var address: String?

        public init(command: String, process: Int32, since: Date, address: String? = nil) {
            self.command = command
            self.process = process
            self.since = since
            self.address = address
        }
    }

    private struct State {
        /// Nil once it was given back.
        var descriptor: Int32?
        var holder: Holder
    }

    /// In the state folder; it stays there.
    public static let fileName = "deck.lock"

    private let state: Mutex<State>

    /// Takes a folder, which is made where it is missing. Throws `RegistryError.held` while another process has it, and fails
    /// too where it cannot be told whether one has.
    public static func take(_ folder: String, for command: String) throws(RegistryError) -> StateLock {
        let path = "\(folder)/\(fileName)"
        try Registry.makeFolder(of: path)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: FileFault.reason(code: errno)) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let fault = errno
            if fault == EINTR { continue }
            defer { close(descriptor) }
            guard fault == EWOULDBLOCK else {
                throw .unwritable(path: path, reason: "it cannot be locked: \(FileFault.reason(code: fault))")
            }
            throw .held(folder: folder, by: read(descriptor))
        }
        return StateLock(descriptor, Holder(command: command, process: getpid(), since: Date()))
    }

    private init(_ descriptor: Int32, _ holder: Holder) {
        state = Mutex(State(descriptor: descriptor, holder: holder))
        Self.write(holder, descriptor)
    }

    /// Says where the holder can be attached to.
    public func announce(_ address: String) {
        state.withLock { state in
            state.holder.address = address
            if let descriptor = state.descriptor { Self.write(state.holder, descriptor) }
        }
    }

    /// Lets others have the folder. A second call does nothing.
    public func release() {
        state.withLock { state in
            if let descriptor = state.descriptor { close(descriptor) }
            state.descriptor = nil
        }
    }

    deinit { release() }

    /// What is written is for people: a disk that is full keeps nobody from serving.
    private static func write(_ holder: Holder, _ descriptor: Int32) {
        guard let text = try? JSONEncoder().encode(holder) else { return }
        _ = ftruncate(descriptor, 0)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// Nil where the holder has not said who it is.
    private static func read(_ descriptor: Int32) -> Holder? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return try? JSONDecoder().decode(Holder.self, from: Data(bytes.prefix(count)))
    }
}

extension RegistryError {
    /// What a second program is told.
    static func sentence(folder: String, heldBy holder: StateLock.Holder?) -> String {
        let elsewhere = "end it, or set XDG_STATE_HOME to another folder"
        guard let holder else { return "another loradeck holds the state folder \(folder): \(elsewhere)" }
        let what =
            "loradeck \(holder.command) (process \(holder.process), since \(holder.since.ISO8601Format())) holds the state "
            + "folder \(folder)"
        guard let address = holder.address else {
            return "\(what), and nothing can attach to it (--listen without TLS would let it): \(elsewhere)"
        }
        return "\(what): see it with `loradeck attach \(address)`, \(elsewhere)"
    }
}
