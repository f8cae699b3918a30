import DeckCore
import Foundation
import TestSupport
import Testing

@testable import Console

/// Where a request's time went, and how that is said.
@Suite struct RequestStoryTests {
    private func request(
        _ timeline: RequestTimeline, _ phase: RequestPhase = .finished(.length), adapter: String? = "pirate-games",
        prompt: Int = 48, cached: Int = 0, tokens: Int = 11
    ) -> RequestSnapshot {
        RequestSnapshot(
            id: RequestID(7), adapter: adapter, digest: nil, origin: "games", submitted: SampleDeck.start, phase: phase,
            promptTokens: prompt, cachedTokens: cached, generatedTokens: tokens, timeline: timeline)
    }

    private func stages(_ request: RequestSnapshot, elapsed: Double = 0) -> [Stage: Double] {
        let stages = RequestStages(request, elapsed: elapsed)
        return Dictionary(
            uniqueKeysWithValues: Stage.allCases.map { ($0, (stages[$0] * 1e6).rounded() / 1e6) }.filter { $0.1 > 0 })
    }

    @Test func stampsBecomeStages() {
        let whole = RequestTimeline(adapterReady: 0.4, firstScheduled: 0.5, firstToken: 0.7, finished: 2)
        #expect(stages(request(whole)) == [.load: 0.4, .queue: 0.1, .prefill: 0.2, .decode: 1.3])
        // The base waits for no adapter.
        let base = RequestTimeline(firstScheduled: 0.5, firstToken: 0.7, finished: 2)
        #expect(stages(request(base, adapter: nil)) == [.queue: 0.5, .prefill: 0.2, .decode: 1.3])
        let preempted = RequestTimeline(
            adapterReady: 0, firstScheduled: 0.1, firstToken: 0.3, finished: 2.3, preemptions: 1, preemptedSeconds: 0.5)
        #expect(stages(request(preempted)) == [.queue: 0.1, .prefill: 0.2, .preempted: 0.5, .decode: 1.5])
    }

    @Test func liveRequestsAreOpenAtTheirEnd() {
        #expect(stages(request(RequestTimeline(), .waiting(.adapterLoading)), elapsed: 3) == [.load: 3])
        #expect(stages(request(RequestTimeline(), .waiting(.inLine(ahead: 2))), elapsed: 3) == [.queue: 3])
        let waiting = RequestTimeline(adapterReady: 1)
        #expect(
            stages(request(waiting, .waiting(.noPages(needed: 1, free: 0, evictable: 0))), elapsed: 3)
                == [.load: 1, .queue: 2])
        let computing = RequestTimeline(adapterReady: 0, firstScheduled: 1)
        #expect(stages(request(computing, .prefill(done: 3, total: 48)), elapsed: 3) == [.queue: 1, .prefill: 2])
        let decoding = RequestTimeline(adapterReady: 0, firstScheduled: 0.5, firstToken: 1)
        #expect(stages(request(decoding, .decode), elapsed: 3) == [.queue: 0.5, .prefill: 0.5, .decode: 2])
    }

    @Test(arguments: 1...4) func stagesFillTheWholeTime(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            func stamp() -> Double? {
                Bool.random(using: &generator) ? .random(in: -1...5, using: &generator) : nil
            }
            // Stamps in any order: a deck far away may send anything.
            let timeline = RequestTimeline(
                adapterReady: stamp(), firstScheduled: stamp(), firstToken: stamp(), finished: stamp(), preemptions: 1,
                preemptedSeconds: stamp() ?? 0)
            let stages = RequestStages(
                request(timeline, Bool.random(using: &generator) ? .decode : .finished(.stop)), elapsed: 2)
            var time = 0.0
            for span in stages.spans {
                #expect(span.start == time && span.end > span.start)
                time = span.end
            }
            #expect(time == stages.total)
        }
    }

    @Test func reasonsAreInPlainWords() {
        func reason(_ timeline: RequestTimeline, _ phase: RequestPhase = .finished(.length), elapsed: Double = 0)
            -> String?
        {
            RequestStory(request(timeline, phase), elapsed: elapsed).reason
        }
        #expect(
            reason(
                RequestTimeline(
                    adapterReady: 0.412, firstScheduled: 0.42, firstToken: 0.5, finished: 0.6,
                    coldCause: .evicted(secondsBefore: 3, actor: "tenant y")))
                == "waited 412ms for its adapter: evicted 3.0 s before by tenant y")
        #expect(
            reason(
                RequestTimeline(
                    adapterReady: 0.412, firstScheduled: 0.42, firstToken: 0.5, finished: 0.6, coldCause: .neverLoaded))
                == "waited 412ms for its adapter: not loaded before")
        #expect(
            reason(
                RequestTimeline(
                    adapterReady: 0, firstScheduled: 1.2, firstToken: 1.3, finished: 2, held: "batch full (16)"))
                == "queued 1.20s: batch full (16)")
        #expect(
            reason(RequestTimeline(adapterReady: 0), .waiting(.noPages(needed: 12, free: 4, evictable: 0)), elapsed: 2)
                == "has waited 2.00s: needs 12 pages, 4 free, 0 evictable")
        #expect(
            reason(RequestTimeline(), .waiting(.adapterQueued(loads: 2)), elapsed: 2)
                == "waited 2.00s for its adapter: adapter's load waits for one of 2 others")
        #expect(
            reason(
                RequestTimeline(
                    adapterReady: 0, firstScheduled: 0.1, firstToken: 0.2, finished: 3, preemptions: 2,
                    preemptedSeconds: 1.5)) == "preempted twice, put off for 1.50s")
        #expect(
            reason(RequestTimeline(adapterReady: 0, firstScheduled: 0.01, firstToken: 0.1, finished: 1.1))
                == "11 tokens in 1.00s, 100ms each")
        #expect(reason(RequestTimeline(), .decode) == nil)
    }

    @Test func theFirstTokenHasItsOwnReason() {
        let timeline = RequestTimeline(
            adapterReady: 0, firstScheduled: 0.3, firstToken: 0.4, finished: 9, held: "2 requests come before it")
        let story = RequestStory(request(timeline), elapsed: 0)
        #expect(story.firstTokenReason == "queued 300ms: 2 requests come before it")
        #expect(story.reason == "11 tokens in 8.60s, 860ms each")
        #expect(story.sentences.last == "ended at its token limit")
        let failed = RequestStory(request(timeline, .failed(reason: "no such adapter")), elapsed: 0)
        #expect(failed.sentences.last == "failed: no such adapter")
        #expect(RequestStory(request(RequestTimeline(), .decode), elapsed: 1).firstTokenReason == nil)
    }

    @Test func whatIsNotKnownIsNotSaid() {
        // A deck that stamps no cause and no hold.
        let timeline = RequestTimeline(adapterReady: 0.5, firstScheduled: 0.9, firstToken: 1, finished: 1.2)
        #expect(
            RequestStory(request(timeline, tokens: 1), elapsed: 0).sentences == [
                "waited 500ms for its adapter", "queued 400ms", "its prompt of 48 tokens took 100ms",
                "1 token in 200ms",
                "ended at its token limit",
            ])
    }

    // MARK: the log

    @Test func endedRequestsOutliveTheirSnapshots() {
        var log = RequestLog()
        for second in 0...300 { log.take(SampleTraffic.snapshot(second)) }
        #expect(log.ended.count == 601)
        #expect(log.ended.map(\.ended) == log.ended.map(\.ended).sorted())
        #expect(log[RequestID(1)]?.promptTokens == 40)
        #expect(log[RequestID(10_000)] == nil)
        let minute = log.ended(within: 60, until: SampleTraffic.time(200))
        #expect(minute.count == 120)
        #expect(minute.allSatisfy { $0.ended <= SampleTraffic.time(200) && $0.ended > SampleTraffic.time(140) })
    }

    @Test func theLogIsBoundedAndInOrder() {
        var log = RequestLog()
        for second in 0..<3_000 {
            // Two engines: the later one is listed first.
            let requests = [SampleTraffic.ended(second * 2 + 1), SampleTraffic.ended(second * 2)]
            log.take(SampleTraffic.snapshot(second, requests: requests))
        }
        #expect(log.ended.count <= 4_400 && log.ended.count >= 4_000)
        #expect(log.ended.map(\.ended) == log.ended.map(\.ended).sorted())
        #expect(log[RequestID(6_000)] != nil)
        #expect(log[RequestID(1)] == nil)
    }
}
