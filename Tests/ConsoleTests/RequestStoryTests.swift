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
                    adapterReady: 0, firstScheduled: 1.2, firstToken: 1.3, finished: 2,
                    waits: [WaitPart(.batchFull(limit: 16), seconds: 1.2)]))
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
            adapterReady: 0, firstScheduled: 0.3, firstToken: 0.4, finished: 9,
            waits: [WaitPart(.inLine(ahead: 2), seconds: 0.3)])
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

    // MARK: what held it

    private let pages = WaitReason.noPagesForAdapter(needed: 9, free: 2, evictable: 0)

    @Test func aWaitIsToldInPartsThatSumToIt() {
        // Held by a pause, then by pages, then by its adapter's load: the operator's report said "waited 8.50s for its adapter".
        let waits = [
            WaitPart(.admissionPaused(by: "ana"), seconds: 8.2), WaitPart(pages, seconds: 0.3),
            WaitPart(.adapterLoading, seconds: 0.003),
        ]
        let timeline = RequestTimeline(
            adapterReady: 8.503, firstScheduled: 8.503, firstToken: 8.6, finished: 8.85,
            coldCause: .evicted(secondsBefore: 8.7, actor: "pirate-games"), waits: waits)
        let story = RequestStory(request(timeline), elapsed: 0)
        let told =
            "waited 8.50s: 8.20s admission paused by ana; 300ms adapter needs 9 pages, 2 free, 0 evictable; "
            + "3.0ms adapter loading, evicted 8.7 s before by pirate-games"
        #expect(story.reason == told)
        #expect(story.firstTokenReason == told)
        #expect(story.sentences.filter { $0.contains("waited") || $0.contains("queued") } == [told])
        #expect(stages(story.request) == [.queue: 8.5, .load: 0.003, .prefill: 0.097, .decode: 0.25])
        #expect(story.stages.spans.map(\.cause) == [.paused, .pages, .adapter, nil, nil])
    }

    @Test func aPauseAloneIsAPauseThoughItsAdapterIsOut() {
        let timeline = RequestTimeline(
            adapterReady: 7, firstScheduled: 7.68, firstToken: 7.8, finished: 8, coldCause: .neverLoaded,
            waits: [WaitPart(.admissionPaused(by: "ana"), seconds: 7.68)])
        #expect(RequestStory(request(timeline), elapsed: 0).reason == "queued 7.68s: admission paused by ana")
        #expect(stages(request(timeline))[.load] == nil)
    }

    @Test func whatBindsNowIsWhatTheOtherPartsLeave() {
        let closed = [WaitPart(.admissionPaused(by: "ana"), seconds: 2), WaitPart(.adapterLoading, seconds: 0.5)]
        let live = request(RequestTimeline(waits: closed), .waiting(pages))
        #expect(
            RequestStory(live, elapsed: 3).reason
                == "has waited 3.00s: 2.00s admission paused by ana; 500ms adapter loading; "
                + "500ms adapter needs 9 pages, 2 free, 0 evictable")
        // Bound again by what bound it before: one part, and still the whole.
        let again = request(RequestTimeline(waits: closed), .waiting(.admissionPaused(by: "ana")))
        #expect(RequestStages(again, elapsed: 3).waits?.map(\.seconds) == [0.5, 2.5])
        #expect(RequestStages(request(RequestTimeline(waits: []), .waiting(pages)), elapsed: 3).waits?.count == 1)
    }

    @Test func oneThatEndsBeforeItBeganHasWaitedToItsEnd() {
        let timeline = RequestTimeline(finished: 4, waits: [WaitPart(.batchFull(limit: 2), seconds: 4)])
        let story = RequestStory(request(timeline, .failed(reason: "too late")), elapsed: 0)
        #expect(story.reason == "queued 4.00s: batch full (2)")
        #expect(stages(story.request) == [.queue: 4])
    }

    @Test(arguments: 1...4) func partsOfAnyDeckFillNoMoreThanTheWait(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let reasons: [WaitReason] = [
            pages, .adapterLoading, .batchFull(limit: 2), .admissionPaused(by: "x"), .stepUnderWay,
        ]
        for _ in 0..<500 {
            let waits = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                WaitPart(
                    reasons.randomElement(using: &generator)!,
                    seconds: [.nan, .infinity, -1, .random(in: 0...2, using: &generator)].randomElement(
                        using: &generator)!)
            }
            let begun = Bool.random(using: &generator) ? Double.random(in: 0...5, using: &generator) : nil
            let timeline = RequestTimeline(firstScheduled: begun, firstToken: begun.map { $0 + 1 }, waits: waits)
            let phase = begun == nil ? RequestPhase.waiting(reasons.randomElement(using: &generator)!) : .decode
            let stages = RequestStages(request(timeline, phase), elapsed: 6)
            var time = 0.0
            for span in stages.spans {
                #expect(span.start == time && span.end > span.start)
                time = span.end
            }
            #expect(time == 6)
            #expect(abs(stages.waited - (begun ?? 6)) < 1e-9)
        }
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
