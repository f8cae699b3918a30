import TestSupport
import Testing

@testable import LoadBench

@Suite("Figures") struct FigureTests {
    @Test("percentiles stand between neighbours in proportion, in any order of the values")
    func percentiles() throws {
        var random = SeededGenerator(seed: 101)
        let figures = try #require(Percentiles((1...101).map(Double.init).shuffled(using: &random)))
        #expect(figures.count == 101 && figures.p50 == 51 && figures.p95 == 96 && figures.p99 == 100)
        #expect(figures.largest == 101)
        let two = try #require(Percentiles([10, 0]))
        #expect(two.p50 == 5 && abs(two.p95 - 9.5) < 1e-12)
        #expect(try #require(Percentiles([7])).p99 == 7)
        #expect(Percentiles([]) == nil)
    }

    @Test("a run's rates, latencies and errors")
    func run() throws {
        func record(_ tenant: String, began: Double, arrivals: [Double], failure: String? = nil) -> RequestRecord {
            var record = RequestRecord(
                LoadRequest(index: 0, adapter: nil, prompt: .text(""), outputTokens: 3, tenant: tenant), began: began)
            record.arrivals = arrivals
            record.outputTokens = arrivals.count
            record.promptTokens = 5
            record.ended = arrivals.last
            record.failure = failure
            return record
        }
        let figures = RunFigures(
            [
                record("a", began: 0, arrivals: [1, 1.5, 2.5]), record("b", began: 1, arrivals: [3, 4, 5]),
                record("b", began: 1, arrivals: [], failure: "gone"),
            ], seconds: 5, flooder: "a")
        #expect(figures.requests == 2 && figures.errors == 1 && figures.firstError == "gone")
        #expect(figures.outputTokensPerSecond == 1.2 && figures.promptTokensPerSecond == 2)
        #expect(figures.requestsPerSecond == 0.4)
        #expect(figures.timeToFirst?.p50 == 1.5 && figures.othersTimeToFirst?.p50 == 2)
        #expect(figures.interToken?.count == 4 && figures.interToken?.p50 == 1 && figures.interToken?.largest == 1)
        #expect(figures.endToEnd?.largest == 4)
        #expect(figures.engineTimeToFirst == nil)
    }

    @Test("runs in turns compare pair by pair: the median of ratios, not the ratio of medians")
    func comparison() throws {
        func runs(_ rates: [Double]) -> [RunFigures] {
            rates.map { rate in
                var record = RequestRecord(
                    LoadRequest(index: 0, adapter: nil, prompt: .text(""), outputTokens: 1, tenant: "t"), began: 0)
                record.outputTokens = Int(rate * 10)
                record.ended = 10
                return RunFigures([record], seconds: 10)
            }
        }
        let comparison = try #require(
            Comparison(.outputRate, ("ours", runs([10, 40, 90])), over: ("theirs", runs([10, 10, 60]))))
        #expect(comparison.pairs.values == [1, 4, 1.5] && comparison.pairs.median == 1.5)
        #expect(comparison.pairs.smallest == 1 && comparison.pairs.largest == 4)
        #expect(comparison.what == "output tokens/s, ours / theirs")
        #expect(Comparison(.outputRate, ("ours", runs([1])), over: ("theirs", runs([0]))) == nil)
    }
}
