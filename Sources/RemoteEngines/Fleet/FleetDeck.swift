import DeckCore
import Foundation
import HTTPClient
import Synchronization

/// One or several engines elsewhere, of any mix of kinds, as one deck.
public final class FleetDeck: AttachedDeck {
    /// Why rates and latencies are unknown in the first snapshots.
    public static let firstLook = "measured from the second look on"

    /// Snapshots a second.
    private static let frequency = 2.0

    private let replicas: [Replica]
    private let book: EventBook
    private let ledger = PromptLedger()
    private let news = Broadcast()
    private let index = Mutex(0)
    private let started = SteadyClock.now
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// - Parameters:
    ///   - key: sent to each as a bearer token.
    ///   - copy: gets each event as it happens, for a log.
    public init(
        _ addresses: [HTTPAddress], key: String?, copy: @escaping @Sendable (DeckEvent) -> Void = { _ in }
    ) {
        var seen: Set<HTTPAddress> = []
        let distinct = addresses.filter { seen.insert($0).inserted }
        // Two paths behind one port stay apart by their whole address.
        let places = Dictionary(grouping: distinct, by: \.place)
        replicas = distinct.map { address in
            let isAlone = places[address.place]?.count == 1
            return Replica(address, name: isAlone ? address.place : address.description, key: key)
        }
        book = EventBook(copy)
    }

    /// Looks at every engine once, and then goes on looking until `stop`. Returns what none of them could be read for, by
    /// name; empty when at least one could.
    public func start() async -> [String: String] {
        await withTaskGroup(of: Void.self) { group in
            for replica in replicas { group.addTask { [book] in await replica.look(book.take) } }
        }
        let reports = replicas.map(\.report)
        publish()
        tasks.withLock { tasks in
            for replica in replicas { tasks.append(Task { [book] in await replica.watch(book.take) }) }
            tasks.append(
                Task { [weak self] in
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(1 / Self.frequency))
                        self?.publish()
                    }
                })
        }
        guard reports.allSatisfy({ $0.reading == nil }) else { return [:] }
        var reasons: [String: String] = [:]
        for report in reports {
            if case .down(let reason, _) = report.state { reasons[report.name] = reason }
        }
        return reasons
    }

    public func stop() {
        tasks.withLock { tasks in
            for task in tasks { task.cancel() }
            tasks = []
        }
    }

    deinit { stop() }

    private func publish() {
        let reports = replicas.map(\.report)
        let number = index.withLock { index in
            index += 1
            return index
        }
        let fleet = FleetSnapshot(
            reports: reports, requests: ledger.requests(reports), events: book.latest, index: number, time: Date(),
            watched: SteadyClock.now - started)
        // Nothing is shown of a fleet of which nothing is known.
        if let snapshot = fleet.snapshot { news.publish(snapshot) }
    }

    public func snapshots() -> AsyncStream<DeckSnapshot> { news.stream() }

    // MARK: commands

    public func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        let outcome = await carryOut(command, by: actor)
        book.record(command, by: actor, outcome)
        publish()
        return outcome
    }

    private func carryOut(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        switch command {
        case .only(let name, let inner):
            guard let replica = replicas.first(where: { $0.name == name || $0.address.description == name }) else {
                let names = replicas.map(\.name).joined(separator: ", ")
                return .refused("no replica \(name): there are \(names)")
            }
            return await perform(inner, on: [replica], by: actor)
        case .abort(let id):
            if ledger.abort(id) { return .done("aborted \(id)") }
            return .refused("\(id): only prompts that were sent from here can be aborted here")
        default: return await perform(command, on: replicas, by: actor)
        }
    }

    private func perform(_ command: DeckCommand, on chosen: [Replica], by actor: String) async -> CommandOutcome {
        let order = FleetOrder(command)
        let places = chosen.map { ($0, order.obstacle($0.report)) }
        let able = places.filter { $0.1 == nil }.map(\.0)
        var outcomes = places.compactMap { replica, reason in reason.map { (replica.name, CommandOutcome.refused($0)) }
        }
        let paths = replicas.map(\.report.paths).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        await withTaskGroup(of: (Replica, CommandOutcome).self) { group in
            for replica in able {
                guard let client = replica.client else { continue }
                let own = replica.report.paths
                group.addTask {
                    (replica, await client.perform(command, by: actor) { own[$0] ?? paths[$0] })
                }
            }
            for await (replica, outcome) in group {
                outcomes.append((replica.name, outcome))
                await replica.look()
            }
        }
        return order.sum(outcomes, of: chosen.map(\.name))
    }

    // MARK: prompts

    public func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        // Prompts that are compared go to one engine where one has all that they ask for.
        let reports = replicas.map(\.report)
        let live = ledger.liveCounts
        func least(_ able: [Int]) -> Int? {
            able.min { left, right in
                reports[left].load + (live[reports[left].name] ?? 0)
                    < reports[right].load + (live[reports[right].name] ?? 0)
            }
        }
        let common = least(
            reports.indices.filter { index in requests.allSatisfy { reports[index].serves($0.adapter) } })
        return requests.map { request in
            let place = common ?? least(reports.indices.filter { reports[$0].serves(request.adapter) })
            guard let place, let client = replicas[place].client else {
                let what = request.adapter.map { "no engine serves \($0)" } ?? "no engine answers"
                return AsyncStream { continuation in
                    continuation.yield(.failed(request.adapter == nil ? .unavailable : .unknownAdapter, what))
                    continuation.finish()
                }
            }
            return PromptRun(request, on: replicas[place], client: client, ledger: ledger).stream()
        }
    }
}
