import DeckCore
import Inference
import LoadBench

/// Everything that one call of `bench` measured, and where.
struct BenchReport: Encodable {
    struct Model: Encodable {
        let name: String
        let summary: String
        let digest: String
    }

    let version: String
    let machine: Machine
    let model: Model
    let threads: Int
    let precision: String
    let seed: UInt64
    let limits: MachineLimits
    var scenarios: [ScenarioReport] = []
}

/// What `bench roofline` measured.
struct RooflineReport: Encodable {
    let machine: Machine
    let limits: MachineLimits
}

extension MachineLimits {
    /// One line for a terminal.
    var text: String {
        "\(threads) threads reach \(Fixed.text(memoryGigabytes, digits: 1)) GB/s from memory; GFLOP/s: "
            + "\(Fixed.text(sgemmGigaflops, digits: 0)) sgemm, \(Fixed.text(integerGigaflops, digits: 0)) integer and "
            + "\(Fixed.text(floatGigaflops, digits: 0)) f32 steps of this engine hot in cache"
    }
}

/// A scenario as lines on a terminal.
struct BenchText {
    let report: ScenarioReport

    var text: String {
        var parts = ["\(report.name): \(report.sides.first?.workload.summary ?? report.abstract)"]
        if report.adapters.count > 0 { parts[0] += "; adapters of \(report.adapters.summary)" }
        parts.append(table)
        parts += roofs
        if let error { parts.append(error) }
        if let soak { parts.append(soak) }
        parts += report.comparisons.map(Self.line)
        return parts.joined(separator: "\n")
    }

    private var table: String {
        var table = TextTable([
            ("side", .left), ("runs", .right), ("tok/s", .right), ("min..max", .right), ("req/s", .right),
            ("prompt/s", .right), ("ttft p50", .right), ("p95", .right), ("p99", .right), ("itl p50", .right),
            ("p95", .right), ("p99", .right), ("e2e p95", .right), ("errors", .right),
        ])
        for side in report.sides {
            let rates = Spread(side.runs.map(\.outputTokensPerSecond))
            let spread = rates.map { "\(Fixed.text($0.smallest, digits: 1))..\(Fixed.text($0.largest, digits: 1))" }
            table.add([
                side.label, "\(side.runs.count)", number(rates?.median), spread ?? "-",
                number(side.median(\.requestsPerSecond), digits: 2), number(side.median(\.promptTokensPerSecond)),
                ms(side.median { $0.timeToFirst?.p50 }), ms(side.median { $0.timeToFirst?.p95 }),
                ms(side.median { $0.timeToFirst?.p99 }), ms(side.median { $0.interToken?.p50 }),
                ms(side.median { $0.interToken?.p95 }), ms(side.median { $0.interToken?.p99 }),
                ms(side.median { $0.endToEnd?.p95 }), "\(side.runs.reduce(0) { $0 + $1.errors })",
            ])
        }
        return table.text
    }

    /// What the embedded engine's steps came to, a line a side.
    private var roofs: [String] {
        report.sides.compactMap { side in
            guard let rows = side.median({ $0.steps?.rowsPerStep }),
                let flops = side.median({ $0.steps?.gigaflopsPerSecond }),
                let bytes = side.median({ $0.steps?.gigabytesPerSecond })
            else { return nil }
            return
                "steps of \(side.label): \(Fixed.text(rows, digits: 1)) rows, \(Fixed.text(flops, digits: 1)) GFLOP/s, "
                + "\(Fixed.text(bytes, digits: 1)) GB/s of weights, adapters and KV" + loads(side) + shares(side)
        }
    }

    private func loads(_ side: ScenarioReport.Side) -> String {
        side.median(\.churnLoadsPerSecond).map { "; \(Fixed.text($0, digits: 1)) loads/s" } ?? ""
    }

    /// Where the steps' time went.
    private func shares(_ side: ScenarioReport.Side) -> String {
        guard let base = side.median({ $0.steps?.share(\.base) }),
            let adapters = side.median({ $0.steps?.share(\.adapters) }),
            let attention = side.median({ $0.steps?.share(\.attention) }),
            let sampling = side.median({ $0.steps?.share(\.sampling) }),
            let other = side.median({ $0.steps?.share(\.other) })
        else { return "" }
        let parts = [
            ("base", base), ("adapters", adapters), ("attention", attention), ("sampling", sampling), ("other", other),
        ]
        return "\n    time: " + parts.map { "\($0.0) \(Fixed.text($0.1 * 100, digits: 0)) %" }.joined(separator: ", ")
    }

    private var error: String? {
        report.sides.flatMap(\.runs).lazy.compactMap(\.firstError).first.map { "first error: \($0)" }
    }

    private var soak: String? {
        guard let soak = report.soak else { return nil }
        let growth = Fixed.text(soak.growth * 100, digits: 2)
        return "resident \(ByteCount(Int(soak.residentEarly))) in the second quarter, "
            + "\(ByteCount(Int(soak.residentLate))) in the last (\(growth) %, \(abs(soak.growth) <= 0.02 ? "flat" : "NOT flat") within 2 %), "
            + "\(ByteCount(soak.residentLargest)) at most\n"
            + "pages held after all adapters were evicted: \(soak.pagesLeft); stuck requests: \(soak.stuck); "
            + "\(soak.loads.counted("load")), \(soak.refusedLoads) refused"
    }

    private static func line(_ comparison: Comparison) -> String {
        let pairs = comparison.pairs
        switch comparison.unit {
        case .ratio:
            return "\(comparison.what): \(Fixed.text(pairs.median, digits: 2)) "
                + "(\(Fixed.text(pairs.smallest, digits: 2))..\(Fixed.text(pairs.largest, digits: 2)), \(pairs.values.count) pairs)"
        case .milliseconds:
            return "\(comparison.what): \(Fixed.text(pairs.median, digits: 1)) ms "
                + "(\(Fixed.text(pairs.smallest, digits: 1))..\(Fixed.text(pairs.largest, digits: 1)), \(pairs.values.count) pairs)"
        }
    }

    private func number(_ value: Double?, digits: Int = 1) -> String {
        value.map { Fixed.text($0, digits: digits) } ?? "-"
    }

    private func ms(_ seconds: Double?) -> String { seconds.map { Fixed.text($0 * 1000, digits: 1) } ?? "-" }
}
