import DeckCore
import Foundation
import Inference
import ModelFiles

/// The base's and adapters' answers to the probe prompt, and who waits for them.
struct ProbeBench {
    /// The base's next-token logits on the probe prompt; computed once.
    var base: [Float]?
    var basePending = false
    /// Adapters' logits that came before the base's.
    var early: [(key: AdapterKey, logits: [Float])] = []
    /// Loads whose proof is not complete.
    var pending: Set<AdapterKey> = []

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
extension StepLoop {
    func startProbe(_ key: AdapterKey) {
        guard let record = store[key] else { return }
        probes.pending.insert(key)
        if probes.base == nil, !probes.basePending {
            probes.basePending = true
            submitProbe(nil, name: nil)
        }
        submitProbe(key, name: record.name)
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
            arrival: now,
            continuation: continuation)
        generations[id] = Generation(submission, purpose: .probe(key), model: parts.model)
        scheduler.submit(
            ScheduledSequence(
                id: id, adapter: name, bound: key, isProbe: true, arrival: now,
                promptTokens: tokens.count))
    }

    /// A few tokens that any adapter has an opinion on; ids alone for a model without tokenizer.
    private var probePrompt: [Int] {
        let model = parts.model
        let text = "Question: What can you do for me today?\nAnswer:"
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
        store.setProbe(key, ProbeBench.compare(base, logits))
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
