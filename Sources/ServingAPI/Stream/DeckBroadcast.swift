import DeckCore
import DeckWire
import Deflate
import Synchronization

/// A frame of a deck's stream with its line's end, plain and as a piece of a zlib stream.
struct DeckFrame: Sendable {
    let plain: [UInt8]
    let packed: [UInt8]

    init(_ frame: [UInt8]) {
        plain = frame + [0x0A]
        packed = Deflater.pack(plain)
    }
}

/// One deck's stream to any number of consoles: each frame is encoded and packed once, whoever joins gets a full one first,
/// and nobody who is slow holds up another.
final class DeckBroadcast: Sendable {
    /// Frames that wait for a slow console; then it gets a full one when there is room again.
    private static let maxBehind = 4
    private static let shortestInterval = 0.25

    private struct Console {
        let continuation: AsyncStream<DeckFrame>.Continuation
        var needsFull = true
    }

    private struct State {
        var consoles: [Int: Console] = [:]
        var nextID = 0
        var isRunning = false
    }

    private let state = Mutex(State())
    private let keeper: SnapshotKeeper
    private let bytesPerSecond: Double

    init(keeper: SnapshotKeeper, bytesPerSecond: Double) {
        self.keeper = keeper
        self.bytesPerSecond = bytesPerSecond
    }

    /// A console's place: frames, from a full one on, until the deck ends or it leaves.
    struct Seat: Sendable {
        let frames: AsyncStream<DeckFrame>
        let leave: @Sendable () -> Void
    }

    func join() -> Seat {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DeckFrame.self, bufferingPolicy: .bufferingOldest(Self.maxBehind))
        let (id, mustStart) = state.withLock { state in
            state.nextID += 1
            state.consoles[state.nextID] = Console(continuation: continuation)
            defer { state.isRunning = true }
            return (state.nextID, !state.isRunning)
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.consoles[id] = nil } }
        if mustStart { Task { await run() } }
        return Seat(frames: stream) { continuation.finish() }
    }

    /// Sends until nobody listens.
    private func run() async {
        var encoder = DeckStreamEncoder()
        var sent: Int?
        while true {
            guard let snapshot = await keeper.current(), !keeper.isFinished else { return finish() }
            var frame: DeckFrame?
            if snapshot.index != sent {
                guard let next = try? encoder.encode(snapshot) else { return finish() }
                frame = DeckFrame(next)
                sent = snapshot.index
            }
            // Nothing may be new; but somebody may have joined.
            let mustStart = state.withLock { $0.consoles.values.contains(where: \.needsFull) }
            let full = mustStart ? encoder.full.map(DeckFrame.init) : nil
            send(frame, full: full)
            let isOver = state.withLock { state in
                if state.consoles.isEmpty { state.isRunning = false }
                return state.consoles.isEmpty
            }
            if isOver { return }
            let seconds = max(Self.shortestInterval, Double(frame?.packed.count ?? 0) / bytesPerSecond)
            try? await Task.sleep(for: .seconds(seconds))
        }
    }

    private func send(_ frame: DeckFrame?, full: DeckFrame?) {
        let consoles = state.withLock { $0.consoles }
        for (id, console) in consoles {
            if console.needsFull {
                guard let full else { continue }
                if case .enqueued = console.continuation.yield(full) { note(id, needsFull: false) }
            } else if let frame, case .dropped = console.continuation.yield(frame) {
                note(id, needsFull: true)
            }
        }
    }

    private func note(_ id: Int, needsFull: Bool) { state.withLock { $0.consoles[id]?.needsFull = needsFull } }

    private func finish() {
        let consoles = state.withLock { state in
            state.isRunning = false
            defer { state.consoles = [:] }
            return state.consoles
        }
        for console in consoles.values { console.continuation.finish() }
    }
}
