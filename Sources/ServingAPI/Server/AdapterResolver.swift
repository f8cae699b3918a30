import DeckCore
import ModelFiles
import Synchronization

/// Finds the adapter that a request names: one that the deck knows, or a new one in the adapter root, which is registered
/// then.
final class AdapterResolver: Sendable {
    /// A registration that failed for another reason than its files (the registry's, or its name) is not tried again for so
    /// long, unless they change. One that failed for its files is not tried again until they do.
    private static let failureSeconds = 10.0
    private static let failureLimit = 256

    private struct Failure {
        let reason: String
        let trace: AdapterTrace
        let time: ContinuousClock.Instant
    }

    private struct State {
        var failures: [String: Failure] = [:]
        var registering: [String: Task<CommandOutcome, Never>] = [:]
    }

    private let serving: any Serving
    private let state = Mutex(State())

    init(serving: any Serving) { self.serving = serving }

    /// Registers an adapter that is new in the root. Throws for one that cannot be served, or is not there for `access`; who
    /// asks for one that is nowhere is told by what is asked next. `model` is what the request called it.
    func resolve(_ adapter: String?, model: String, _ access: Access) async throws(APIError) {
        guard let adapter else { return try requireOnlyBase(model) }
        guard access.mayUse(adapter) else { throw unknown(model, access) }
        guard serving.standing(of: adapter) == nil, let found = serving.unregisteredAdapter(named: adapter) else {
            return
        }
        // Unchanged files are not read twice, and changed ones at once. The first who asks is in the audit log.
        if let reason = failure(of: adapter, found) { throw notServed(adapter, reason) }
        let outcome = await registration(of: adapter, found, by: access.tenant.name).value
        guard !outcome.succeeded else { return }
        state.withLock { state in
            if state.failures.count >= Self.failureLimit { state.failures = [:] }
            state.failures[adapter] = Failure(reason: outcome.message, trace: found.trace, time: .now)
        }
        throw notServed(adapter, outcome.message)
    }

    /// Throws where a name of the base is an adapter's too, which is not served for that: the base does not answer for it.
    /// `base` is the base's alone.
    func requireOnlyBase(_ model: String) throws(APIError) {
        guard !model.isEmpty, model != "base", serving.claimsBaseName(model) else { return }
        throw notServed(
            model,
            "it is a name of the base and of an adapter, which is refused for that. Ask for `base`, or rename the adapter"
        )
    }

    /// What a model that is not there is answered with: the names that there are for who asks.
    func unknown(_ model: String, _ access: Access) -> APIError {
        let names = serving.standings.map(\.name).filter { access.mayUse($0) }
        let shown = ["base"] + names.prefix(12)
        let more = names.count > 12 ? ", and \(names.count - 12) more" : ""
        return APIError(
            status: 404,
            message: "The model `\(model.prefix(200))` does not exist. Valid aliases: "
                + "\(shown.joined(separator: ", "))\(more).", param: "model")
    }

    private func notServed(_ adapter: String, _ reason: String) -> APIError {
        APIError(status: 404, message: "The model `\(adapter)` cannot be served: \(reason)", param: "model")
    }

    private func failure(of adapter: String, _ found: UnregisteredAdapter) -> String? {
        state.withLock { state in
            guard let failure = state.failures[adapter], failure.trace == found.trace,
                found.refusal != nil || failure.time.duration(to: .now) < .seconds(Self.failureSeconds)
            else { return nil }
            return failure.reason
        }
    }

    /// One registration a name, for all who ask meanwhile.
    private func registration(
        of adapter: String, _ found: UnregisteredAdapter, by actor: String
    ) -> Task<CommandOutcome, Never> {
        state.withLock { state in
            if let task = state.registering[adapter] { return task }
            let task = Task { [serving, weak self] in
                let outcome = await serving.register(found, named: adapter, by: actor)
                self?.state.withLock { $0.registering[adapter] = nil }
                return outcome
            }
            state.registering[adapter] = task
            return task
        }
    }
}
