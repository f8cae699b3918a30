import DeckCore
import Foundation

/// Requests on their way in and out of the step thread.
extension StepLoop {
    func ingest(_ submission: Submission) {
        if let name = submission.adapter {
            if departures[name] != nil {
                return refuse(submission, .unknownAdapter, "adapter \(name) is being unregistered")
            }
            if store.currentKey(name) == nil { return refuse(submission, .unknownAdapter, unknown(name)) }
        }
        let tenant = submission.request.origin
        if let reason = overload(submission) {
            tenantMeters.update(tenant, now: now) { $0.refused += 1 }
            return refuse(submission, .overloaded, reason, topic: "overload")
        }
        let generation = Generation(
            submission, purpose: .user(submission.continuation), model: parts.model)
        generations[submission.id] = generation
        let record = submission.adapter.flatMap { store.currentRecord($0) }
        if record == nil || record?.state == .resident {
            generation.timeline.adapterReady = 0
            if let name = submission.adapter { withMeter(name) { $0.hits += 1 } }
        } else if let record {
            generation.timeline.coldCause = coldCause(record)
        }
        if let name = submission.adapter { thrash.requested(name, now: now) }
        tenantMeters.update(tenant, now: now) { _ in }
        generation.send(.started(submission.id, promptTokens: submission.tokens.map(Int.init)))
        scheduler.submit(
            ScheduledSequence(
                id: submission.id, adapter: submission.adapter, arrival: submission.arrival,
                tokens: submission.tokens, takesPrefixes: !submission.request.promptLogprobs), tenant: tenant)
    }

    /// Why a request is not even queued, with the arithmetic; nil when it is.
    private func overload(_ submission: Submission) -> String? {
        let name = submission.request.origin
        let policy = scheduler.tenants.policy(name)
        let queued = scheduler.tenants.key(name).map { scheduler.tenants[$0].queue.count } ?? 0
        if let limit = policy.maxWaiting, queued >= limit {
            return "\(queued) requests of tenant \(name) wait, its limit is \(limit)"
        }
        if let limit = parts.options.maxWaiting {
            let waiting = scheduler.waitingCount
            if waiting >= limit { return "\(waiting) requests wait, the limit is \(limit)" }
        }
        guard let target = policy.targetSeconds,
            let forecast = scheduler.forecast(
                tenant: name, promptTokens: submission.tokens.count, loadSeconds: loadSeconds(submission.adapter)),
            forecast.seconds > target
        else { return nil }
        return "\(forecast.sentence); tenant \(name)'s objective is \(Forecast.tenths(target)) s"
    }

    /// What a load of a cold adapter takes: its own last one, or the mean of all so far. Nil when it is resident or on its
    /// way, or nothing was measured.
    private func loadSeconds(_ adapter: String?) -> Double? {
        guard let adapter, let record = store.currentRecord(adapter), record.state == .registered else { return nil }
        return meters[adapter]?.lastLoadSeconds ?? meanLoadSeconds
    }

    /// Fails a request that waited past the point where its tenant's objective can be met.
    func giveUp(_ rejection: StepPlan.Rejection) {
        guard let generation = generations[rejection.id] else { return }
        tenantMeters.update(generation.request.origin, now: now) { $0.refused += 1 }
        fail(rejection.id, rejection.kind, rejection.reason, topic: "expired")
    }

    /// Names what there is, so that a wrong name is found at once (invariant 4).
    func unknown(_ name: String) -> String {
        let shown = store.names.prefix(12).joined(separator: ", ")
        let more = store.names.count > 12 ? ", and \(store.names.count - 12) more" : ""
        return "there is no adapter \(name); there is base (\(parts.model.name))"
            + (shown.isEmpty ? "" : ", ") + shown + more
    }

    private func refuse(
        _ submission: Submission, _ kind: FailureKind, _ reason: String, topic: String? = nil
    ) {
        submission.continuation.yield(.failed(kind, reason))
        submission.continuation.finish()
        recordRefusal(reason, topic: topic, actor: submission.request.origin, subject: submission.adapter)
    }

    /// Audits a refused request; the same refusal, or one of the same topic, again within ten seconds is not repeated.
    private func recordRefusal(_ reason: String, topic: String?, actor: String, subject: String?) {
        let key = "\(actor)\u{0}\(topic ?? reason)"
        if let last = lastRefusals[key], now - last < 10 { return }
        if lastRefusals.count > 256 { lastRefusals = lastRefusals.filter { now - $0.value < 10 } }
        lastRefusals[key] = now
        parts.events.record(
            EventLog.Draft(
                kind: .refusal, level: .warning, actor: actor, subject: subject, message: reason))
    }

    /// Ends a live request well, or aborts it; unknown ids ended already.
    func finish(_ id: RequestID, _ reason: FinishReason) {
        guard let generation = generations[id] else { return }
        let last = reason == .aborted ? "" : generation.lastText()
        generation.ended(now: now)
        leave(generation, phase: .finished(reason))
        if !generation.isProbe, reason != .aborted {
            withMeter(generation.adapter) { $0.requestsFinished += 1 }
        }
        generation.send(
            .finished(
                reason, text: last, promptLogprobs: generation.promptLogprobs, timeline: generation.timeline
            ))
        generation.close()
        answerDrains()
    }

    /// Ends a live request with a reason for a person.
    func fail(_ id: RequestID, _ kind: FailureKind, _ reason: String, topic: String? = nil) {
        guard let generation = generations[id] else { return }
        generation.ended(now: now)
        leave(generation, phase: .failed(reason: reason))
        if case .probe(let key) = generation.purpose {
            probeFailed(key)
        } else {
            generation.send(.failed(kind, reason))
            generation.close()
            recordRefusal(reason, topic: topic, actor: generation.request.origin, subject: generation.adapter)
        }
        answerDrains()
    }

    /// Its pages are free when this returns.
    private func leave(_ generation: Generation, phase: RequestPhase) {
        let id = generation.id
        if !generation.isProbe, let sequence = scheduler[id] {
            ended.append(snapshot(of: generation, sequence, phase))
        }
        generations[id] = nil
        scheduler.end(id, pool: &pool, store: &store)
        if let name = generation.adapter, !generation.isProbe {
            withMeter(name) { $0.lastUsed = Date() }
        }
    }

    /// A request has pages, for the first time or again.
    func began(_ id: RequestID) {
        guard let generation = generations[id], let sequence = scheduler[id], sequence.isRunning else { return }
        generation.resumed(now: now)
        guard generation.timeline.firstScheduled == nil else { return }
        generation.timeline.firstScheduled = now - generation.arrival
        generation.timeline.cachedTokens = sequence.cachedTokens
        generation.timeline.held = scheduler.reasonBeforeStart(sequence, in: waits)?.sentence
    }

    func preempted(_ id: RequestID) {
        guard let generation = generations[id] else { return }
        generation.preempted(now: now)
        guard !generation.isProbe else { return }
        parts.events.record(
            EventLog.Draft(
                kind: .preemption, level: .info, actor: "engine", subject: generation.adapter,
                message: "request \(id) gave its pages up after \(generation.generatedCount) tokens and "
                    + (scheduler.spills[id].map { "keeps \($0.pageCount) pages of them on disk" }
                        ?? "will be computed again")
            ))
    }

    /// Nil is the base.
    func withMeter(_ name: String?, _ change: (inout AdapterMeter) -> Void) {
        guard let name else { return change(&baseMeter) }
        change(&meters[name, default: AdapterMeter(windowSeconds: parts.options.metricsWindowSeconds)])
    }
}
