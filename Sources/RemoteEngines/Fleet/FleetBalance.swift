import DeckCore

/// What sets one engine of a fleet apart from the others.
enum FleetBalance {
    /// A sentence for each report, in order; nil for one that is like the others, and for all of a fleet of one.
    static func notes(_ reports: [ReplicaReport]) -> [String?] {
        let up = reports.filter { $0.current != nil }
        guard up.count > 1 else { return reports.map { _ in nil } }
        return reports.map { report in
            guard let reading = report.current else { return nil }
            let others = up.filter { $0.name != report.name }
            let found = [
                base(reading, others), adapters(reading, others), waiting(reading, others), slowness(report, others),
                room(reading, others), version(report, reading, others),
            ]
            let sentences = found.compactMap(\.self)
            return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
        }
    }

    private static func base(_ reading: EngineReading, _ others: [ReplicaReport]) -> String? {
        let bases = Set(others.compactMap { $0.current?.baseName })
        guard !bases.contains(reading.baseName), bases.count == 1, let common = bases.first, others.count > 1 else {
            return others.count == 1 && bases.first != reading.baseName
                ? "its base is \(reading.baseName), the other's \(bases.first ?? "unknown")" : nil
        }
        return "its base is \(reading.baseName), the others' \(common)"
    }

    private static func adapters(_ reading: EngineReading, _ others: [ReplicaReport]) -> String? {
        let own = Set(reading.adapters.map(\.name))
        let missing = Set(others.flatMap { $0.current?.adapters.map(\.name) ?? [] }).subtracting(own).sorted()
        guard let first = missing.first else { return nil }
        let names = missing.count <= 3 ? missing.joined(separator: ", ") : "\(first) and \(missing.count - 1) more"
        return "lacks \(names)"
    }

    /// Many wait here while there is room elsewhere.
    private static func waiting(_ reading: EngineReading, _ others: [ReplicaReport]) -> String? {
        guard let waiting = reading.waiting, waiting >= 4 else { return nil }
        let elsewhere = others.compactMap { $0.current?.waiting }
        guard let least = elsewhere.min(), waiting >= max(1, least).times(3),
            waiting > (elsewhere.max() ?? 0).times(2)
        else { return nil }
        return
            "\(waiting) wait, elsewhere \(least == elsewhere.max() ? "\(least)" : "\(least) to \(elsewhere.max() ?? 0)")"
    }

    private static func slowness(_ report: ReplicaReport, _ others: [ReplicaReport]) -> String? {
        guard let own = report.window.latencies(.timeToFirstToken)?.summary, own.count >= 10 else { return nil }
        var counts = others.compactMap { $0.window.latencies(.timeToFirstToken) }
        guard let first = counts.popLast() else { return nil }
        guard let rest = counts.reduce(first, { $0.merged(with: $1) }).summary, rest.count >= 10,
            own.p95 > 2 * rest.p95
        else { return nil }
        return "TTFT p95 \(seconds(own.p95)), elsewhere \(seconds(rest.p95))"
    }

    private static func room(_ reading: EngineReading, _ others: [ReplicaReport]) -> String? {
        guard let usage = reading.kvUsage, usage >= 0.9, let least = others.compactMap({ $0.current?.kvUsage }).min(),
            least < usage / 2
        else { return nil }
        return "KV \(percent(usage)) full, elsewhere \(percent(least))"
    }

    private static func version(
        _ report: ReplicaReport, _ reading: EngineReading, _ others: [ReplicaReport]
    ) -> String? {
        let same = others.filter { $0.kind == report.kind }
        let versions = Set(same.compactMap { $0.current?.version })
        guard let version = reading.version, let other = versions.first, !versions.contains(version) else { return nil }
        return "version \(version), elsewhere \(other)"
    }

    private static func seconds(_ value: Double) -> String {
        value < 1 ? "\(Int(bounding: (value * 1000).rounded())) ms" : "\((value * 10).rounded() / 10) s"
    }

    private static func percent(_ share: Double) -> String { "\(Int(bounding: (share * 100).rounded()))%" }
}
