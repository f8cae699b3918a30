import Synchronization

/// Sends a workload to a server and collects what came of it.
public struct LoadRun: Sendable {
    /// Requests of a run that is bounded by time get so long to end; then they are aborted, and count as stuck.
    public static let graceSeconds = 60.0

    private let workload: Workload
    private let source: RequestSource
    private let target: any LoadTarget
    private let shares: TenantShares

    /// `salt` makes prompts that no other run has.
    public init(_ workload: Workload, on target: any LoadTarget, salt: Int) {
        self.workload = workload
        self.target = target
        source = RequestSource(workload, salt: salt)
        shares = TenantShares(workload.tenants)
    }

    /// Runs to the end: the records, and the seconds from the start to the last request's end. A cancelled task ends it early.
    public func run() async -> (records: [RequestRecord], seconds: Double) {
        let began = LoadClock.now
        let records = await withTaskGroup(of: [RequestRecord].self) { group in
            group.addTask {
                switch workload.arrivals {
                case .closed: await closedLoop(began)
                case .poisson, .gamma: await openLoop(began)
                }
            }
            if let seconds = workload.seconds {
                group.addTask {
                    try? await Task.sleep(for: .seconds(seconds + Self.graceSeconds))
                    return []
                }
            }
            // Whichever comes first ends the other.
            var records = await group.next() ?? []
            group.cancelAll()
            for await late in group { records += late }
            return records
        }
        return (records, (records.compactMap(\.ended).max() ?? LoadClock.now) - began)
    }

    private func closedLoop(_ began: Double) async -> [RequestRecord] {
        let next = Counter()
        return await withTaskGroup(of: [RequestRecord].self) { group in
            for stream in 0..<workload.streams {
                group.addTask { await self.stream(stream, next, began) }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// One stream's requests, one after the other. Streams take the next request from a common list, or, where each has an
    /// adapter of its own, every `streams`-th.
    private func stream(_ stream: Int, _ next: Counter, _ began: Double) async -> [RequestRecord] {
        var records: [RequestRecord] = []
        let tenant = shares.tenant(at: (Double(stream) + 0.5) / Double(workload.streams))
        var own = stream
        while !Task.isCancelled {
            let index = workload.choice == .distinct ? own : next.take()
            own += workload.streams
            if let seconds = workload.seconds {
                guard LoadClock.now - began < seconds else { break }
            } else {
                guard index < workload.requests else { break }
            }
            let record = await target.send(source.request(index, stream: stream, tenant: tenant))
            records.append(record)
            // A server that refuses at once must not be asked in a tight loop.
            if record.failure != nil { try? await Task.sleep(for: .milliseconds(20)) }
        }
        return records
    }

    private func openLoop(_ began: Double) async -> [RequestRecord] {
        await withTaskGroup(of: RequestRecord.self) { group in
            var draws = TenantDraws(shares, seed: workload.seed)
            for (index, moment) in ArrivalTimes(workload).enumerated() {
                if let seconds = workload.seconds {
                    guard moment < seconds else { break }
                } else {
                    guard index < workload.requests else { break }
                }
                let request = source.request(index, stream: index, tenant: draws.next())
                guard (try? await Task.sleep(for: .seconds(max(0, began + moment - LoadClock.now)))) != nil else {
                    break
                }
                group.addTask { await target.send(request) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)

        func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}
