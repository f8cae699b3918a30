import Glibc
import NIOCore
import Synchronization

/// The server's connections, each with the means to close it.
final class OpenConnections: Sendable {
    private struct State {
        var table: ConnectionTable
        var ids: [ObjectIdentifier: Int] = [:]
        var channels: [Int: any Channel] = [:]
        var lastID = 0
    }

    let limits: ConnectionLimits
    private let state: Mutex<State>

    init(_ limits: ConnectionLimits) {
        self.limits = limits
        state = Mutex(State(table: ConnectionTable(limits)))
    }

    var count: Int { state.withLock { $0.table.count } }

    /// Takes a connection in, and closes the one that gives way for it.
    func open(_ channel: any Channel) {
        let address = channel.remoteAddress.flatMap(Self.foreign)
        let gone: (any Channel)? = state.withLock { state in
            state.lastID += 1
            let closes = state.table.open(state.lastID, from: address).closes
            state.ids[ObjectIdentifier(channel)] = state.lastID
            state.channels[state.lastID] = channel
            guard let closes, let channel = state.channels.removeValue(forKey: closes) else { return nil }
            state.ids[ObjectIdentifier(channel)] = nil
            return channel
        }
        gone?.close(promise: nil)
    }

    /// Whether its client owes the next word.
    func note(_ channel: any Channel, isSilent: Bool) {
        state.withLock { state in
            if let id = state.ids[ObjectIdentifier(channel)] { state.table.note(id, isSilent: isSilent) }
        }
    }

    func closed(_ channel: any Channel) {
        state.withLock { state in
            guard let id = state.ids.removeValue(forKey: ObjectIdentifier(channel)) else { return }
            state.table.remove(id)
            state.channels[id] = nil
        }
    }

    /// Whether only the server's state may be asked for there. One that gave way already may ask for nothing else either.
    func isReserved(_ channel: any Channel) -> Bool {
        state.withLock { state in
            state.ids[ObjectIdentifier(channel)].map { state.table.place(of: $0) == .reserved } ?? true
        }
    }

    /// What connections of one peer are counted under; nil for this machine. Of IPv6 it is the network of 64 bits, which one
    /// customer has whole.
    private static func foreign(_ address: SocketAddress) -> String? {
        guard let text = address.ipAddress, !ListenAddress.isLoopback(text) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return text }
        // An IPv4 address in the dress of IPv6 is one machine too.
        return bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] ? text : "\(bytes[..<8])"
    }
}
