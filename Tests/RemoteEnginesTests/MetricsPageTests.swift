import DeckCore
import Foundation
import TestSupport
import Testing

@testable import RemoteEngines

@Suite("Metrics pages") struct MetricsPageTests {
    private func page(_ text: String) -> MetricsPage { MetricsPage(Array(text.utf8)) }

    @Test("names, labels with escapes, numbers in all their shapes, timestamps and exemplars")
    func samples() {
        let page = page(
            """
            # HELP a b
            a 1
            a{x="1",y="two\\nlines \\"quoted\\" \\\\",} 2.5e+01 1700000000
              b:c_total{le="+Inf"} +Inf # {trace="x"} 1
            d NaN\r
            e{ a = "b" , c = "d" } -3
            """)
        #expect(page["a"].map(\.value) == [1, 25])
        #expect(page["a"][1].labels == ["x": "1", "y": "two\nlines \"quoted\" \\"])
        #expect(page["b:c_total"].first?.value == .infinity)
        #expect(page["d"].first?.value.isNaN == true)
        #expect(page["e"].first == MetricSample(labels: ["a": "b", "c": "d"], value: -3))
        #expect(page.unreadableLines == 0)
    }

    @Test(
        "what is no sample is counted and left out",
        arguments: [
            "a", "a{", "a{x", "a{x=", "a{x=\"", "a{x=\"1\"", "a{x=\"1\" 2", "a{x=\"1\"}", "a{x=\"\\", "1a 2",
            "{x=\"1\"} 2",
            "a 0x10", "a one", "a{x=1} 2", "\u{0}", "a{x=\"1\"y=\"2\"} 3",
        ])
    func malformed(line: String) {
        let page = page("ok 1\n\(line)\nok 2\n")
        #expect(page["ok"].map(\.value) == [1, 2])
        #expect(page["a"].isEmpty && page.unreadableLines == 1)
    }

    @Test("a page is bounded in samples and labels, and any bytes are read to their end")
    func bounds() {
        let many = page((0..<60_000).map { "a{i=\"\($0)\"} 1" }.joined(separator: "\n"))
        #expect(many.sampleCount == MetricsPage.mostSamples)
        let labels = (0..<100).map { "l\($0)=\"x\"" }.joined(separator: ",")
        #expect(page("a{\(labels)} 1").unreadableLines == 1)
        var generator = SeededGenerator(seed: 3)
        let recorded = Array(((try? Recorded.text("vllm-0.32.0-metrics-busy.txt")) ?? "a 1").utf8.prefix(20_000))
        for _ in 0..<200 {
            var bytes = recorded[..<Int.random(in: 1..<recorded.count, using: &generator)]
            for _ in 0..<20 {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let page = MetricsPage(bytes)
            #expect(page.sampleCount + page.unreadableLines <= bytes.count)
        }
    }

    @Test("sums take the first name that is there, over all its label sets")
    func sums() throws {
        let page = page("new{e=\"0\"} 2\nnew{e=\"1\"} 3\nold 9\nbad NaN\n")
        #expect(try page.sum("new", "old") == 5)
        #expect(try page.sum("gone", "old") == 9)
        #expect(try page.sum("gone") == nil)
        #expect(try page.sum("bad") == nil)
        #expect(try page.largest("new") == 3)
    }
}

@Suite("Histograms") struct BucketCountsTests {
    private func counts(_ cumulative: [(Double, Double)]) throws -> BucketCounts {
        try #require(BucketCounts(cumulative: cumulative.map { (edge: $0.0, count: $0.1) }))
    }

    @Test("percentiles lie between a bucket's edges in proportion")
    func quantiles() throws {
        let counts = try counts([(.infinity, 10), (1, 4), (2, 8), (0.5, 0)])
        #expect(counts.edges == [0.5, 1, 2] && counts.counts == [0, 4, 4, 2])
        #expect(counts.quantile(0.5) == 1.25)
        // Beyond the last edge nothing is known but that.
        #expect(counts.quantile(0.95) == 2)
        #expect(counts.summary?.count == 10 && counts.summary?.max == 2 && counts.summary?.isBucketed == true)
        #expect(try self.counts([(1, 0), (.infinity, 0)]).summary == nil)
    }

    @Test("what is no histogram is none")
    func malformed() {
        for bad in [[(Double.nan, 1.0)], [(-.infinity, 1), (1, 2)], [(1, -1)], [(1, .nan)], [], [(.infinity, 3)]]
            as [[(Double, Double)]]
        {
            #expect(BucketCounts(cumulative: bad.map { (edge: $0.0, count: $0.1) }) == nil)
        }
    }

    @Test("buckets of two engines are put together before the percentile: it is not between theirs by chance")
    func merging() throws {
        // 90 fast answers here, 10 slow ones there: the median of all is fast, the mean of the medians is not.
        let fast = try counts([(0.1, 90), (1, 90), (10, 90), (.infinity, 90)])
        let slow = try counts([(0.1, 0), (1, 0), (10, 10), (.infinity, 10)])
        let both = fast.merged(with: slow)
        let median = try #require(both.quantile(0.5))
        #expect(median < 0.1)
        let averaged = (try #require(fast.quantile(0.5)) + #require(slow.quantile(0.5))) / 2
        #expect(averaged > 2)
        #expect(try #require(both.quantile(0.95)) > 1)
    }

    @Test("edges that differ are put together too, and no value is lost")
    func otherEdges() throws {
        let left = try counts([(1, 10), (2, 20), (.infinity, 21)])
        let right = try counts([(1.5, 6), (4, 8), (.infinity, 8)])
        let both = left.merged(with: right)
        #expect(both.edges == [1, 1.5, 2, 4])
        #expect(abs(both.total - 29) < 1e-9)
        #expect(abs(both.counts[0] - 14) < 1e-9)
    }
}

@Suite("Counters over time") struct CounterWindowTests {
    private func reading(_ tokens: Double, live: Double = 0) -> CounterReading {
        CounterReading(counters: [.generatedTokens: tokens], live: [.generatedTokens: live])
    }

    @Test("a rate needs two readings, and looks back ten seconds")
    func rates() {
        var window = CounterWindow()
        window.take(reading(1000), at: 0)
        #expect(window.rate(.generatedTokens) == nil)
        for second in 1...30 { window.take(reading(1000 + Double(second * second)), at: Double(second)) }
        // From 20 to 30 seconds: 900 - 400.
        #expect(window.rate(.generatedTokens) == 50)
        #expect(window.rate(.promptTokens) == nil)
    }

    @Test("a restart counts what came since, and is noticed")
    func reset() {
        var window = CounterWindow()
        let take1 = window.take(reading(500), at: 0)
        #expect(!take1)
        let take2 = window.take(reading(520), at: 1)
        #expect(!take2)
        let take3 = window.take(reading(10), at: 2)
        #expect(take3)
        #expect(window.rate(.generatedTokens) == 15)
        let take4 = window.take(reading(20), at: 3)
        #expect(!take4)
        #expect(window.rate(.generatedTokens) == 40 / 3.0)
    }

    @Test("what is under way counts before the counter has it, and no request is counted twice")
    func live() {
        var window = CounterWindow()
        window.take(reading(0, live: 10), at: 0)
        window.take(reading(0, live: 30), at: 1)
        #expect(window.rate(.generatedTokens) == 20)
        // It ended, and is in the counter now.
        let take5 = window.take(reading(40, live: 0), at: 2)
        #expect(!take5)
        #expect(window.rate(.generatedTokens) == 15)
    }

    @Test("latencies are those of the last minute, through a restart")
    func latencies() throws {
        func reading(_ fast: Double, _ slow: Double) throws -> CounterReading {
            let counts = BucketCounts(
                cumulative: [
                    (edge: 1, count: fast), (edge: 2, count: fast + slow), (edge: .infinity, count: fast + slow),
                ])
            return CounterReading(histograms: [.timeToFirstToken: try #require(counts)])
        }
        var window = CounterWindow()
        window.take(try reading(1000, 0), at: 0)
        #expect(window.latencies(.timeToFirstToken) == nil)
        window.take(try reading(1000, 8), at: 1)
        #expect(window.latencies(.timeToFirstToken)?.counts == [0, 8, 0])
        // Restarted: it has counted three since.
        let take6 = window.take(try reading(3, 0), at: 2)
        #expect(take6)
        #expect(window.latencies(.timeToFirstToken)?.counts == [3, 8, 0])
        window.take(try reading(4, 0), at: 70)
        window.take(try reading(4, 0), at: 131)
        #expect(window.latencies(.timeToFirstToken)?.total == 0)
    }
}
