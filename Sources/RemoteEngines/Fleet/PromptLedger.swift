import DeckCore
import Foundation
import Synchronization

/// The prompts that were sent from here, and numbers for the requests that engines show.
final class PromptLedger: Sendable {
    /// Ended prompts that are still shown.
    static let keptEnded = 20

    private struct Entry {
        let adapter: String?
        let origin: String
        let submitted: Date
        let replica: String
        var slot: Int?
        var phase = RequestPhase.prefill(done: 0, total: 0)
        var promptTokens = 0
        var generated = 0
        var timeline = RequestTimeline()
        var cancel: (@Sendable () -> Void)?
    }

    private struct Foreign: Hashable {
        let replica: String
        let number: Int
    }

    private struct State {
        var next: UInt64 = 1
        var entries: [RequestID: Entry] = [:]
        var foreign: [Foreign: (id: RequestID, seen: Date)] = [:]
    }

    private let state = Mutex(State())

    func begin(_ request: PromptRequest, on replica: String) -> RequestID {
        state.withLock { state in
            let id = RequestID(state.next)
            state.next += 1
            state.entries[id] = Entry(
                adapter: request.adapter, origin: request.origin, submitted: Date(), replica: replica)
            return id
        }
    }

    /// What aborting it does.
    func setCancel(_ id: RequestID, _ cancel: @escaping @Sendable () -> Void) {
        state.withLock { $0.entries[id]?.cancel = cancel }
    }

    func progress(_ id: RequestID, _ reader: AnswerReader) {
        state.withLock { state in
            guard var entry = state.entries[id] else { return }
            entry.slot = reader.slot
            entry.promptTokens = reader.promptCount ?? 0
            entry.generated = reader.generated
            entry.timeline.firstToken = reader.firstToken
            if reader.generated > 0 { entry.phase = .decode }
            state.entries[id] = entry
        }
    }

    func end(_ id: RequestID, _ phase: RequestPhase, seconds: Double) {
        state.withLock { state in
            guard var entry = state.entries[id], entry.phase.isLive else { return }
            entry.phase = phase
            entry.timeline.finished = seconds
            entry.cancel = nil
            state.entries[id] = entry
            let ended = state.entries.filter { !$0.value.phase.isLive }.keys.sorted()
            for old in ended.dropLast(Self.keptEnded) { state.entries[old] = nil }
        }
    }

    /// False for what is no live prompt of ours.
    func abort(_ id: RequestID) -> Bool {
        let cancel = state.withLock { $0.entries[id]?.cancel }
        cancel?()
        return cancel != nil
    }

    /// How many of ours run on each engine.
    var liveCounts: [String: Int] {
        state.withLock { state in
            Dictionary(grouping: state.entries.values.filter(\.phase.isLive), by: \.replica).mapValues(\.count)
        }
    }

    /// Everything to show: running requests, oldest first, then the latest that ended. What engines show of our own prompts
    /// is left out.
    func requests(_ reports: [ReplicaReport]) -> [RequestSnapshot] {
        let now = Date()
        return state.withLock { state in
            var live: [RequestSnapshot] = []
            var ended: [RequestSnapshot] = []
            for (id, entry) in state.entries {
                let snapshot = RequestSnapshot(
                    id: id, adapter: entry.adapter, digest: nil, origin: entry.origin, submitted: entry.submitted,
                    phase: entry.phase, promptTokens: entry.promptTokens, generatedTokens: entry.generated,
                    timeline: entry.timeline)
                if entry.phase.isLive { live.append(snapshot) } else { ended.append(snapshot) }
            }
            var seen: Set<Foreign> = []
            for report in reports {
                let ownSlots = Set(
                    state.entries.values.filter { $0.phase.isLive && $0.replica == report.name }.compactMap(\.slot))
                for request in report.current?.requests ?? [] where !ownSlots.contains(request.slot) {
                    let key = Foreign(replica: report.name, number: request.number)
                    seen.insert(key)
                    if state.foreign[key] == nil {
                        state.foreign[key] = (RequestID(state.next), now)
                        state.next += 1
                    }
                    guard let known = state.foreign[key] else { continue }
                    live.append(
                        RequestSnapshot(
                            id: known.id, adapter: request.adapter, digest: nil, origin: report.name,
                            submitted: known.seen, phase: request.phase, promptTokens: request.promptTokens,
                            cachedTokens: request.cachedTokens, generatedTokens: request.generatedTokens,
                            timeline: RequestTimeline()))
                }
            }
            state.foreign = state.foreign.filter { seen.contains($0.key) }
            return live.sorted { $0.id < $1.id } + ended.sorted { $0.id > $1.id }
        }
    }
}
