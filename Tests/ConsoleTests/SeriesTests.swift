import DeckCore
import Foundation
import Testing

@testable import Console

@Suite struct SeriesTests {
    private func series(_ values: [Double?], every step: Double = 1, from start: Double = 1_000) -> Series {
        var series = Series()
        for (index, value) in values.enumerated() { series.add(value, at: start + Double(index) * step) }
        return series
    }

    @Test func samplesAreMeansOfTheirTime() {
        let series = series([1, 3, 5, 7], every: 0.5)
        #expect(series.samples(2, span: 2, until: 1_001.5) == [2, 6])
        #expect(series.samples(1, span: 2, until: 1_001.9) == [4])
        #expect(series.newest == 7)
    }

    @Test func gapsStayGaps() {
        // Told to be unknown, and simply not heard of.
        #expect(series([1, nil, nil, 4]).samples(4, span: 4, until: 1_003) == [1, nil, nil, 4])
        var series = series([1, 2])
        series.add(9, at: 1_010)
        let samples = series.samples(11, span: 11, until: 1_010)
        #expect(samples == [1, 2, nil, nil, nil, nil, nil, nil, nil, nil, 9])
    }

    @Test func aDeckAtRestHasNoGaps() {
        // It publishes once a second and a little later, so that now and then a second has no snapshot.
        let series = series((0..<50).map { Double($0) }, every: 1.07)
        let samples = series.samples(50, span: 50, until: 1_000 + 49 * 1.07)
        #expect(samples.allSatisfy { $0 != nil })
    }

    @Test func longSpansAreCoarserAndMemoryIsBounded() {
        var series = Series()
        for second in 0..<20_000 { series.add(Double(second), at: Double(second)) }
        let day = series.samples(40, span: 7_200, until: 19_999)
        #expect(day.count == 40)
        // Two hours are kept, in thirty second means.
        #expect(day.allSatisfy { $0 != nil })
        #expect(abs((day[39] ?? 0) - 19_899) < 120)
        let longer = series.samples(40, span: 14_400, until: 19_999)
        #expect(longer.prefix(19).allSatisfy { $0 == nil })
        #expect(longer.suffix(19).allSatisfy { $0 != nil })
        #expect(Series.resolutions.reduce(0) { $0 + $1.buckets } * MemoryLayout<Float>.size < 4_096)
    }

    @Test func graphsMoveByWholeSamples() {
        let series = series((0..<300).map { Double($0 % 7) })
        let before = series.samples(60, span: 60, until: 1_250.1)
        #expect(series.samples(60, span: 60, until: 1_250.9) == before)
        #expect(series.samples(60, span: 60, until: 1_251.1).dropLast() == before.dropFirst())
    }

    @Test func aClockThatWasSetBackStartsAnew() {
        var series = series([1, 2, 3])
        series.add(8, at: 500)
        #expect(series.samples(3, span: 3, until: 500) == [nil, nil, 8])
        #expect(series.samples(1, span: 1, until: 1_001) == [nil])
    }

    @Test func whatIsNoNumberIsAGap() {
        #expect(series([1, .nan, .infinity, 2]).samples(4, span: 4, until: 1_003) == [1, nil, nil, 2])
        #expect(Series().samples(3, span: 3, until: 10) == [nil, nil, nil])
        #expect(Series().samples(0, span: 3, until: 10).isEmpty)
    }

    @Test func finerThanItsBucketsRepeats() {
        let samples = series([1, 2, 3, 4]).samples(8, span: 4, until: 1_003.9)
        #expect(samples == [1, 1, 2, 2, 3, 3, 4, 4])
    }

    // MARK: the book

    @Test func theBookKeepsDeckAndAdapters() {
        var book = SeriesBook()
        for second in 0...60 { book.take(SampleTraffic.snapshot(second)) }
        let end = SampleTraffic.time(60)
        #expect(book.samples(.rate, of: nil, 10, span: 60, until: end).allSatisfy { $0 != nil })
        #expect(book.samples(.firstToken95, of: .adapter("harbor-bank"), 10, span: 60, until: end).last ?? nil != nil)
        #expect(book[.rate, .base] != nil)
        // Never seen with traffic.
        #expect(book[.rate, .adapter("kids-garden")] == nil)
        #expect(book.samples(.rate, of: .adapter("nobody"), 4, span: 60, until: end) == [nil, nil, nil, nil])
    }

    @Test func whatADeckCannotTellIsNotKept() {
        var book = SeriesBook()
        let unknown: [DeckFigure: String] = [.rates: "no", .adapterLatency: "no", .pages: "no"]
        for second in 0...5 { book.take(SampleTraffic.snapshot(second, unknown: unknown)) }
        #expect(book[.rate] == nil)
        #expect(book[.headroom] == nil)
        #expect(book[.firstToken50, .adapter("harbor-bank")] == nil)
        #expect(book[.running] != nil)
    }

    @Test func adaptersWithoutTrafficForLongestLeave() {
        var book = SeriesBook()
        for round in 0..<3 {
            let adapters = (0..<SeriesBook.adapterLimit).map {
                SampleDeck.adapter("a\(round)-\($0)", running: 1, rate: 1)
            }
            let sample = SampleDeck.snapshot(adapters: adapters)
            book.take(
                DeckSnapshot(
                    index: round, time: SampleTraffic.time(round), uptime: 1, deck: sample.deck, disabled: [:],
                    adapters: adapters, base: sample.base, pool: sample.pool, requests: [], step: nil, recentSteps: [],
                    events: [], tokensPerSecond: 1, promptTokensPerSecond: 1, process: sample.process))
        }
        #expect(book[.rate, .adapter("a0-0")] == nil)
        #expect(book[.rate, .adapter("a2-199")] != nil)
    }
}
