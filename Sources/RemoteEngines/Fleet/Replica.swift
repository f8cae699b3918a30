import DeckCore
import Foundation
import HTTPClient
import Synchronization

/// One engine of a fleet: looked at again and again, by itself, whatever the others do.
final class Replica: Sendable {
    /// What happened, worth a line in the log.
    struct News: Sendable {
        let level: DeckEvent.Level
        let kind: DeckEvent.Kind
        let message: String
    }

    private struct State {
        var report: ReplicaReport
        var health: ReplicaHealth
        var client: (any EngineClient)?
        var wasUp = false
        var warned: Set<String> = []
    }

    /// Names of adapters that are remembered; one that serves others at every look must not take the memory.
    static let mostKnown = 20_000

    let name: String
    let address: HTTPAddress
    /// Sent as a bearer token.
    var key: String? { line.key }
    private let line: EngineLine
    private let state: Mutex<State>

    init(_ address: HTTPAddress, name: String, key: String?) {
        self.name = name
        self.address = address
        line = EngineLine(address, key: key)
        let now = SteadyClock.now
        let health = ReplicaHealth(at: now)
        state = Mutex(
            State(report: ReplicaReport(name: name, address: address, state: health.state(at: now)), health: health))
    }

    var client: (any EngineClient)? { state.withLock { $0.client } }

    var report: ReplicaReport {
        state.withLock { state in
            var report = state.report
            report.state = state.health.state(at: SteadyClock.now)
            return report
        }
    }

    /// Looks at the engine until the task is cancelled.
    func watch(_ tell: @Sendable (News) -> Void) async {
        while !Task.isCancelled {
            let delay = await look(tell)
            try? await Task.sleep(for: .seconds(delay))
        }
    }

    /// One look. Returns the seconds until the next.
    @discardableResult
    func look(_ tell: (News) -> Void = { _ in }) async -> Double {
        do {
            let client: any EngineClient
            if let known = self.client { client = known } else { client = try await EngineProbe.identify(line) }
            let reading = try await client.read()
            return take(reading, of: client, tell)
        } catch {
            if error is CancellationError { return 0 }
            return fail("\(error)", tell)
        }
    }

    private func take(_ reading: EngineReading, of client: any EngineClient, _ tell: (News) -> Void) -> Double {
        let (delay, news): (Double, [News]) = state.withLock { state in
            var news: [News] = []
            let now = SteadyClock.now
            if !state.wasUp {
                let version = reading.version.map { " \($0)" } ?? ""
                news.append(
                    News(
                        level: .info, kind: .started,
                        message:
                            "\(name) answers: \(client.kind.rawValue)\(version), \(reading.adapters.count.counted("adapter"))"
                    ))
            }
            // Another kind, or a new start, counts from the beginning.
            if state.report.kind != client.kind { state.report.window = CounterWindow() }
            if state.report.window.take(reading.counts, at: now) {
                news.append(
                    News(level: .warning, kind: .warning, message: "\(name) began anew: its counters went back"))
            }
            for warning in reading.warnings where state.warned.insert(warning).inserted {
                news.append(News(level: .warning, kind: .warning, message: "\(name): \(warning)"))
            }
            state.client = client
            state.wasUp = true
            state.report.kind = client.kind
            state.report.reading = reading
            let time = Date()
            if state.report.known.count > Self.mostKnown { state.report.forgetAdapters() }
            for adapter in reading.adapters {
                if adapter.isActive == true { state.report.lastActive[adapter.name] = time }
                state.report.known.insert(adapter.name)
                if let path = adapter.path { state.report.paths[adapter.name] = path }
            }
            return (state.health.answered(at: now), news)
        }
        news.forEach(tell)
        return delay
    }

    private func fail(_ reason: String, _ tell: (News) -> Void) -> Double {
        let (delay, news): (Double, News?) = state.withLock { state in
            let now = SteadyClock.now
            let delay = state.health.failed(reason, at: now)
            var news: News?
            if case .down = state.health.state(at: now) {
                if state.wasUp {
                    news = News(level: .error, kind: .failure, message: "\(name) does not answer: \(reason)")
                }
                state.wasUp = false
                // Whatever answers there next may be something else.
                state.client = nil
            }
            return (delay, news)
        }
        if let news { tell(news) }
        return delay
    }
}

/// Seconds on a clock that only goes forward.
enum SteadyClock {
    private static let start = ContinuousClock.now

    static var now: Double { (ContinuousClock.now - start) / .nanoseconds(1) / 1e9 }
}
