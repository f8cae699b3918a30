import DeckCore
import Foundation
import Inference
import ModelFiles

/// The base's and adapters' answers to the probe prompt, and who waits for them.
struct ProbeBench {
    /// A resident adapter whose probe waits for a quiet moment.
    struct Deferred {
        let key: AdapterKey
        /// When it became resident, on the engine's clock.
        let since: Double
    }

    /// Probes that begin in one step at most; they share its products like any other requests.
    static let together = 8
    /// Requests that decode while a probe does no harm.
    static let quietRequests = 4

    /// The base's next-token logits on the probe prompt; computed once.
    var base: [Float]?
    var basePending = false
    /// Adapters' logits that came before the base's.
    var early: [(key: AdapterKey, logits: [Float])] = []
    /// Residents whose proof is not complete.
    var pending: Set<AdapterKey> = []
    /// Those of them whose probe has not begun, oldest first.
    var deferred: [Deferred] = []
    /// Those of them whose load is in the audit log already.
    var announced: Set<AdapterKey> = []

    /// How far `adapter` moves `base`.
    static func compare(_ base: [Float], _ adapter: [Float]) -> ProofOfEffect.Probe {
        var first = base
        var second = adapter
        return first.withUnsafeMutableBufferPointer { base in
            second.withUnsafeMutableBufferPointer { adapter in
                ProofOfEffect.Probe(
                    divergence: LogProbabilities(base).divergence(to: LogProbabilities(adapter)),
                    changesTopToken: Sampler.argmax(base)?.token != Sampler.argmax(adapter)?.token)
            }
        }
    }
}

/// The probe: the last part of a load's proof of effect (invariant 4), run as requests of the engine's own.
///
/// Content that was probed before is not probed again. An operator who ordered a load waits for its proof, so that probe
/// begins at once; a request waits for its first token, so the probe of a load that requests caused begins when the batch
/// is quiet, or after `EngineOptions.probeSeconds`, together with the others that wait.
extension StepLoop {
    func startProbe(_ key: AdapterKey) {
        guard let record = store[key] else { return }
        probes.pending.insert(key)
        guard record.proof?.probe == nil, baseFault == nil else { return completeLoad(key) }
        probes.deferred.removeAll { $0.key == key }
        probes.deferred.append(ProbeBench.Deferred(key: key, since: now))
        guard loadWaiters[key] == nil else { return }
        announceLoad(record)
        probes.announced.insert(key)
    }

    /// Begins the probes whose time has come; called once a turn, before the step is planned.
    func releaseProbes() {
        guard !probes.deferred.isEmpty else { return }
        let isQuiet = isQuiet
        let deferred = probes.deferred
        probes.deferred = []
        var begun = 0
        for probe in deferred {
            guard let record = store[probe.key], record.state == .resident else {
                // It left the pool, or a drain began.
                completeLoad(probe.key)
                continue
            }
            let isLate = now - probe.since >= parts.options.probeSeconds
            let isAsked = loadWaiters[probe.key] != nil
            guard isQuiet || isLate || isAsked, begun < ProbeBench.together else {
                probes.deferred.append(probe)
                continue
            }
            begun += 1
            if probes.base == nil, !probes.basePending {
                probes.basePending = true
                submitProbe(nil, name: nil)
            }
            submitProbe(probe.key, name: record.name)
        }
    }

    /// Whether a few more rows in the next step keep nobody waiting: all requests have their first token, and few run.
    private var isQuiet: Bool {
        scheduler.waiting.isEmpty && scheduler.running.count <= ProbeBench.quietRequests
            && scheduler.running.allSatisfy { scheduler[$0]?.decodes == true }
    }

    private func submitProbe(_ key: AdapterKey?, name: String?) {
        let id = RequestID(parts.ids.next())
        let tokens = probePrompt
        let request = PromptRequest(
            adapter: name, content: .tokens(tokens), maxTokens: 1, origin: "engine")
        // A stream that nobody reads: a probe sends nothing.
        let (_, continuation) = AsyncStream.makeStream(of: PromptUpdate.self)
        let submission = Submission(
            id: id, request: request, adapter: name, tokens: tokens.map(Int32.init), submitted: .init(),
            arrival: now, vocabulary: nil, continuation: continuation)
        generations[id] = Generation(
            submission, purpose: .probe(key), model: parts.model,
            contextLength: parts.model.forward.contextLength)
        let sequence = ScheduledSequence(
            id: id, adapter: name, bound: key, isProbe: true, arrival: now, tokens: submission.tokens,
            audience: nil, takesPrefixes: false)
        scheduler.submit(sequence, tenant: nil)
    }

    /// A few tokens that any adapter has an opinion on; ids alone for a model without tokenizer.
    private var probePrompt: [Int] {
        let model = parts.model
        let text = "What can you do?"
        let ids = model.tokenizer.map {
            ($0.beginToken.map { [$0] } ?? []) + $0.encode(text, parsingSpecials: false)
        }
        let tokens = ids ?? (1...8).map { $0 % model.forward.vocabularySize }
        let longest = min(
            model.forward.contextLength - 1, pool.pageCount / 2 * parts.options.tokensPerPage)
        return Array(tokens.prefix(max(1, longest)))
    }

    func probed(_ key: AdapterKey?, _ logits: [Float]) {
        guard let key else {
            probes.base = logits
            probes.basePending = false
            let early = probes.early
            probes.early = []
            for adapter in early { proved(adapter.key, base: logits, adapter.logits) }
            return
        }
        if let base = probes.base {
            proved(key, base: base, logits)
        } else if !probes.basePending {
            completeLoad(key)
        } else {
            probes.early.append((key, logits))
        }
    }

    private func proved(_ key: AdapterKey, base: [Float], _ logits: [Float]) {
        let probe = ProbeBench.compare(base, logits)
        store.setProbe(key, probe)
        if let record = store[key], let proof = record.proof {
            proofs.keep(proof, of: record.version.digest)
            if probes.announced.contains(key), loadWaiters[key] == nil {
                parts.events.record(
                    EventLog.Draft(
                        kind: .load, actor: "engine", subject: record.name,
                        message: "probed \(record.name) \(record.version.digest.short): \(probeSentence(probe))"))
            }
        }
        completeLoad(key)
    }

    /// A probe could not run (its adapter left again, or the pool is too small): the load is complete without it.
    func probeFailed(_ key: AdapterKey?) {
        if let key { return completeLoad(key) }
        probes.basePending = false
        let early = probes.early
        probes.early = []
        for adapter in early { completeLoad(adapter.key) }
    }
}
