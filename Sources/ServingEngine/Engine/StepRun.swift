import DeckCore
import Foundation
import Inference

/// One forward pass and what comes of it.
extension StepLoop {
    private struct Output {
        let id: RequestID
        let position: Int
        let isLast: Bool
    }

    private enum Outcome {
        case choice(Generation.Choice)
        case probe([Float])
        case broken
    }

    func runStep(_ plan: StepPlan) {
        let slices = plan.slices
        var outputs: [Output] = []
        let batch = assemble(slices, &outputs)
        var outcomes: [RequestID: Outcome] = [:]
        let began = now
        var sampling = 0.0
        let times = parts.model.forward.run(
            batch, memory: parts.memory.pages, tokensPerPage: parts.options.tokensPerPage
        ) { index, logits in
            let start = now
            defer { sampling += now - start }
            let output = outputs[index]
            guard let generation = generations[output.id] else { return }
            guard output.isLast else { return generation.scorePrompt(output.position, logits) }
            if generation.isProbe {
                outcomes[output.id] = .probe(Array(logits))
            } else {
                outcomes[output.id] = generation.choose(logits).map { .choice($0) } ?? .broken
            }
        }
        let ended = now
        stepIndex += 1
        let summary = summary(of: slices, seconds: ended - began, times, sampling: sampling)
        steps.append(summary)
        scheduler.speed.ran(
            prefill: summary.prefillRows, decode: summary.decodeRows, seconds: ended - began,
            isWanted: plan.wantsPrefill)
        pool.policy.measured(promptRows: summary.prefillRows, rows: summary.rows, seconds: ended - began)
        countPages()
        let rows = slices.reduce(0) { $0 + $1.rowCount }
        // What was computed is not known to be the model's, and nobody gets it.
        guard baseStands() else { return }
        deliver(slices, outcomes, secondsPerRow: (ended - began) / Double(max(1, rows)), now: ended)
    }

    /// Lays the planned rows out as one batch. `outputs` gets one entry per wanted row, in row order.
    private func assemble(_ slices: [StepPlan.Slice], _ outputs: inout [Output]) -> StepBatch {
        var tokens: [Int32] = []
        var batchSlices: [StepBatch.Slice] = []
        var segments: [StepBatch.Segment] = []
        var outputRows: [Int] = []
        var index = 0
        while index < slices.count {
            let segmentStart = tokens.count
            let adapter = slices[index].adapter
            while index < slices.count, slices[index].adapter == adapter {
                let slice = slices[index]
                index += 1
                guard let generation = generations[slice.id] else { continue }
                let firstRow = tokens.count
                let end = slice.firstPosition + slice.rowCount
                tokens += generation.tokens[slice.firstPosition..<end]
                batchSlices.append(
                    StepBatch.Slice(
                        firstRow: firstRow, rowCount: slice.rowCount, firstPosition: slice.firstPosition,
                        pages: slice.pages))
                for position in slice.firstPosition..<end {
                    let isLast = slice.reachesEnd && position == end - 1
                    guard isLast || generation.wantsPromptRow(position) else { continue }
                    outputRows.append(firstRow + position - slice.firstPosition)
                    outputs.append(Output(id: slice.id, position: position, isLast: isLast))
                }
            }
            segments.append(
                StepBatch.Segment(
                    firstRow: segmentStart, rowCount: tokens.count - segmentStart,
                    adapter: adapter.flatMap { store[$0]?.packed }))
        }
        return StepBatch(
            tokens: tokens, slices: batchSlices, segments: segments, outputRows: outputRows)
    }

    private func deliver(
        _ slices: [StepPlan.Slice], _ outcomes: [RequestID: Outcome], secondsPerRow: Double, now: Double
    ) {
        for slice in slices {
            guard let generation = generations[slice.id] else { continue }
            generation.sendPromptAlternatives()
            if let place = generation.usage {
                usage[place].computeSeconds += secondsPerRow * Double(slice.rowCount)
            }
            if !slice.decodes, !generation.isProbe {
                promptRate.add(slice.rowCount, now: now)
                tenantMeters.update(generation.request.origin, now: now) { $0.promptTokens += slice.rowCount }
            }
            guard slice.reachesEnd else {
                advance(slice, token: nil)
                continue
            }
            switch outcomes[slice.id] {
            case .choice(let choice):
                advance(slice, token: choice.token)
                deliver(choice, to: generation, now: now)
            case .probe(let logits):
                advance(slice, token: nil)
                finish(slice.id, .stop)
                if case .probe(let key) = generation.purpose { probed(key, logits) }
            case .broken, nil:
                fail(slice.id, .internal, "the model computed numbers that are not finite for this prompt")
            }
        }
    }

    private func advance(_ slice: StepPlan.Slice, token: Int32?) {
        scheduler.advance(slice.id, rows: slice.rowCount, token: token, pool: &pool, store: store)
    }

    private func deliver(_ choice: Generation.Choice, to generation: Generation, now: Double) {
        if let last = generation.lastToken {
            withMeter(generation.adapter) { $0.latency.nextToken(after: now - last, now: now) }
            deckLatency.nextToken(after: now - last, now: now)
        } else {
            generation.timeline.firstToken = now - generation.arrival
            withMeter(generation.adapter) { $0.latency.firstToken(after: now - generation.arrival, now: now) }
            deckLatency.firstToken(after: now - generation.arrival, now: now)
            tenantMeters.update(generation.request.origin, now: now) {
                $0.firstToken(after: now - generation.arrival, now: now)
            }
        }
        generation.lastToken = now
        withMeter(generation.adapter) { $0.generated(now: now) }
        tenantMeters.update(generation.request.origin, now: now) { $0.generatedTokens += 1 }
        if let place = generation.usage { usage[place].generatedTokens += 1 }
        if let limit = scheduler.tenants.policy(generation.request.origin).tokensPerMinute {
            parts.allowances.spend(generation.request.origin, perMinute: limit, now: now)
        }
        tokenRate.add(1, now: now)
        let result = generation.accept(choice)
        generation.send(
            .token(id: Int(choice.token), text: result.text, logprob: choice.logprob, top: choice.top))
        if let reason = result.end { finish(generation.id, reason) }
    }

    private func summary(
        of slices: [StepPlan.Slice], seconds: Double, _ times: StepTimes, sampling: Double
    ) -> StepSnapshot {
        var segments: [SegmentSnapshot] = []
        var index = 0
        while index < slices.count {
            let adapter = slices[index].adapter
            var prefill = 0
            var decode = 0
            while index < slices.count, slices[index].adapter == adapter {
                if slices[index].decodes {
                    decode += slices[index].rowCount
                } else {
                    prefill += slices[index].rowCount
                }
                index += 1
            }
            let record = adapter.flatMap { store[$0] }
            segments.append(
                SegmentSnapshot(
                    adapter: record?.name, prefillRows: prefill, decodeRows: decode,
                    rank: record?.version.facts.ranks.upperBound ?? 0))
        }
        return StepSnapshot(
            index: stepIndex, segments: segments, seconds: seconds,
            parts: StepParts(
                base: times.base, adapters: times.adapters, attention: times.attention, sampling: sampling,
                other: times.other))
    }
}
