import DeckCore
import Foundation
import Inference

/// Requests on their way in and out of the step thread.
extension StepLoop {
    func ingest(_ submission: Submission) {
        if let baseFault { return refuse(submission, .unavailable, Self.refusal(baseFault), topic: "base") }
        if let name = submission.adapter {
            if departures[name] != nil {
                return refuse(submission, .unknownAdapter, Refusal("adapter \(name) is being unregistered"))
            }
            if store.currentKey(name) == nil {
                return refuse(
                    submission, .unknownAdapter, Refusal(told: "there is no adapter \(name)", inFull: unknown(name)))
            }
        }
        let tenant = submission.request.origin
        let policy = scheduler.tenants.policy(tenant)
        let context = min(parts.model.forward.contextLength, policy.maxContext ?? .max)
        if let reason = excess(submission, context: context) { return refuse(submission, .invalid, Refusal(reason)) }
        if let overload = overload(submission, policy) {
            tenantMeters.update(tenant, now: now) { $0.refused += 1 }
            return refuse(
                submission, .overloaded, overload.reason, topic: "overload", retryAfter: overload.retryAfter)
        }
        let generation = Generation(
            submission, purpose: .user(submission.continuation), model: parts.model, contextLength: context)
        if let vocabulary = submission.vocabulary, submission.request.forcedTokens == nil {
            generation.json = JSONConstraint(vocabulary, jsonMasks)
        }
        generation.usage = usage.place(tenant: tenant, adapter: submission.adapter)
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
                tokens: submission.tokens,
                audience: PrefixAudience(
                    tenant: tenant, salt: submission.request.cacheSalt,
                    sharesPrefixes: parts.options.sharesPrefixes),
                takesPrefixes: !submission.request.promptLogprobs), tenant: tenant)
    }

    /// Why a request is longer than its tenant may have them; nil when it is not. The model's own limit was checked before.
    private func excess(_ submission: Submission, context: Int) -> String? {
        let forced = submission.request.forcedTokens?.count
        let needed = submission.tokens.count + (forced ?? 1)
        guard needed > context else { return nil }
        return
            "the prompt has \(submission.tokens.count.counted("token")); tenant \(submission.request.origin) may use \(context) "
            + "a request, \(forced.map { "and \($0) are forced" } ?? "and one is generated")"
    }

    private struct Overload {
        let reason: Refusal
        /// In seconds, where that can be told.
        var retryAfter: Double?
    }

    /// Why a request is not even queued, with the arithmetic; nil when it is, and then its prompt is taken off its tenant's
    /// tokens.
    private func overload(_ submission: Submission, _ policy: TenantPolicy) -> Overload? {
        let name = submission.request.origin
        let queued = scheduler.tenants.key(name).map { scheduler.tenants[$0].queue.count } ?? 0
        if let limit = policy.maxWaiting, queued >= limit {
            return Overload(
                reason: Refusal(
                    "\(queued.counted("request")) of tenant \(name) \(queued.form("waits", many: "wait")), "
                        + "its limit is \(limit)"))
        }
        if let limit = parts.options.maxWaiting {
            let waiting = scheduler.waitingCount
            if waiting >= limit {
                return Overload(
                    reason: Refusal(
                        told: "the queue of all tenants is full",
                        inFull: "\(waiting.counted("request")) \(waiting.form("waits", many: "wait")), "
                            + "the limit is \(limit)"))
            }
        }
        if let target = policy.targetSeconds,
            let forecast = scheduler.forecast(
                tenant: name, promptTokens: submission.tokens.count, loadSeconds: loadSeconds(submission.adapter)),
            forecast.seconds > target
        {
            let objective = "tenant \(name)'s objective is \(Forecast.tenths(target)) s"
            return Overload(
                reason: Refusal(
                    told: "\(forecast.ownSentence); \(objective)", inFull: "\(forecast.sentence); \(objective)"),
                retryAfter: forecast.seconds - target)
        }
        guard let limit = policy.tokensPerMinute,
            let missing = parts.allowances.take(submission.tokens.count, of: name, perMinute: limit, now: now)
        else { return nil }
        return Overload(
            reason: Refusal(
                "tenant \(name) may use \(limit.counted("token")) a minute and has \(missing.left) left; there is room for a "
                    + "prompt of \(submission.tokens.count) in \(Forecast.tenths(missing.seconds)) s"),
            retryAfter: missing.seconds)
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
        _ submission: Submission, _ kind: FailureKind, _ reason: Refusal, topic: String? = nil,
        retryAfter: Double? = nil
    ) {
        submission.continuation.yield(
            .failed(kind, reason.told, retryAfter: retryAfter, inFull: reason.inFull))
        submission.continuation.finish()
        recordRefusal(reason.inFull, topic: topic, actor: submission.request.origin, subject: submission.adapter)
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
    func fail(_ id: RequestID, _ kind: FailureKind, _ reason: String) { fail(id, kind, Refusal(reason)) }

    func fail(_ id: RequestID, _ kind: FailureKind, _ reason: Refusal, topic: String? = nil) {
        guard let generation = generations[id] else { return }
        generation.ended(now: now)
        leave(generation, phase: .failed(reason: reason.inFull))
        if case .probe(let key) = generation.purpose {
            probeFailed(key)
        } else {
            generation.send(.failed(kind, reason.told, inFull: reason.inFull))
            generation.close()
            recordRefusal(reason.inFull, topic: topic, actor: generation.request.origin, subject: generation.adapter)
        }
        answerDrains()
    }

    /// Its pages are free when this returns.
    private func leave(_ generation: Generation, phase: RequestPhase) {
        let id = generation.id
        if !generation.isProbe, let sequence = scheduler[id] {
            generation.timeline.waits = scheduler.waits(
                of: sequence, until: generation.arrival + (generation.timeline.finished ?? 0))
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
        generation.timeline.firstScheduled = max(0, (sequence.begun?.time ?? now) - generation.arrival)
        generation.timeline.waits = scheduler.waits(of: sequence)
        generation.timeline.cachedTokens = sequence.cachedTokens
        if let place = generation.usage {
            usage[place].requests += 1
            usage[place].promptTokens += generation.promptCount
            usage[place].cachedTokens += sequence.cachedTokens
        }
    }

    func preempted(_ id: RequestID) {
        guard let generation = generations[id] else { return }
        generation.preempted(now: now)
        guard !generation.isProbe else { return }
        parts.events.record(
            EventLog.Draft(
                kind: .preemption, level: .info, actor: "engine", subject: generation.adapter,
                message: "request \(id) gave its pages up after \(generation.generatedCount.counted("token")) and "
                    + (scheduler.spills[id].map { "keeps \($0.pageCount.counted("page")) of them on disk" }
                        ?? "will be computed again")
            ))
    }

    /// Nil is the base.
    func withMeter(_ name: String?, _ change: (inout AdapterMeter) -> Void) {
        guard let name else { return change(&baseMeter) }
        let time = now
        func changed(_ meter: inout AdapterMeter) {
            meter.lastChange = time
            change(&meter)
        }
        changed(&meters[name, default: AdapterMeter(windowSeconds: parts.options.metricsWindowSeconds)])
    }
}
