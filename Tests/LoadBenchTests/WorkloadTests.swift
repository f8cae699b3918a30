import ServingEngine
import Testing

@testable import LoadBench

@Suite("Workloads") struct WorkloadTests {
    @Test("the same seed gives the same requests; another seed or salt gives others, and a salt other prompts only")
    func determinism() {
        var workload = Workload()
        workload.choice = .uniform
        func requests(_ workload: Workload, salt: Int) -> [LoadRequest] {
            let source = RequestSource(workload, salt: salt)
            return (0..<50).map { source.request($0, stream: $0, tenant: "t") }
        }
        let first = requests(workload, salt: 0)
        #expect(requests(workload, salt: 0) == first)
        let salted = requests(workload, salt: 1)
        #expect(salted.map(\.adapter) == first.map(\.adapter))
        #expect(zip(salted, first).allSatisfy { $0.prompt != $1.prompt })
        #expect(Set(first.map(\.prompt)).count == 50)
        workload.seed = 2
        #expect(requests(workload, salt: 0).map(\.adapter) != first.map(\.adapter))
    }

    @Test("prompts have the length that was asked for, in words and in ids inside the vocabulary")
    func prompts() {
        var workload = Workload()
        workload.promptLength = 37
        guard case .text(let text) = RequestSource(workload, salt: 0).request(0, stream: 0, tenant: "").prompt else {
            Issue.record("words are text")
            return
        }
        #expect(text.split(separator: " ").count == 37)
        workload.promptUnit = .tokens
        for vocabulary in [96, 2048] {
            workload.vocabulary = vocabulary
            let source = RequestSource(workload, salt: 0)
            var seen: Set<Int> = []
            for index in 0..<200 {
                guard case .tokens(let ids) = source.request(index, stream: 0, tenant: "").prompt else { continue }
                #expect(ids.count == 37)
                seen.formUnion(ids)
            }
            #expect(seen.allSatisfy { (0..<vocabulary).contains($0) })
            #expect(seen.count > vocabulary / 2)
        }
    }

    @Test("choices: none, one, one a stream, all alike, by Zipf's law")
    func choices() {
        func counts(_ change: (inout Workload) -> Void) -> [Int?: Int] {
            var workload = Workload()
            workload.adapterCount = 10
            change(&workload)
            let source = RequestSource(workload, salt: 0)
            return (0..<20_000).reduce(into: [:]) {
                $0[source.request($1, stream: $1 % 20, tenant: "").adapter, default: 0] += 1
            }
        }
        #expect(counts { $0.choice = .base } == [nil: 20_000])
        #expect(counts { $0.choice = .identical } == [0: 20_000])
        #expect(counts { $0.choice = .distinct } == Dictionary(uniqueKeysWithValues: (0..<10).map { ($0, 2000) }))
        let uniform = counts { $0.choice = .uniform }
        #expect((0..<10).allSatisfy { (1800...2200).contains(uniform[$0] ?? 0) })
        let skewed = counts { $0.choice = .skewed }
        // Shares 1/k over the tenth harmonic number, 2.929.
        for rank in 1...10 {
            let expected = 20_000 / Double(rank) / 2.928968
            #expect(abs(Double(skewed[rank - 1] ?? 0) - expected) < 5 * expected.squareRoot())
        }
        let flat = counts {
            $0.choice = .skewed
            $0.zipfExponent = 0
        }
        #expect((0..<10).allSatisfy { (1800...2200).contains(flat[$0] ?? 0) })
    }

    @Test("a thousand adapters by Zipf's law: the first 64 get 63 % of the requests")
    func zipfTail() {
        let law = WeightedChoice.zipf(count: 1000, exponent: 1)
        #expect(law.item(at: 0) == 0 && law.item(at: 0.999_999_999) == 999)
        let share = (0..<100_000).count { law.item(at: Double($0) / 100_000) < 64 }
        #expect(abs(Double(share) / 100_000 - 0.6338) < 0.001)
    }

    @Test("arrivals: mean and variation of the gaps", arguments: [0.5, 1.0, 3.0])
    func arrivals(cv: Double) {
        var workload = Workload()
        workload.arrivals = .gamma
        workload.rate = 4
        workload.cv = cv
        check(workload, cv: cv)
        workload.arrivals = .poisson
        check(workload, cv: 1)
    }

    private func check(_ workload: Workload, cv: Double) {
        let moments = Array(ArrivalTimes(workload).prefix(60_000))
        #expect(moments == Array(ArrivalTimes(workload).prefix(60_000)))
        let gaps = zip(moments, [0] + moments).map { $0 - $1 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(gaps.allSatisfy { $0 >= 0 })
        #expect(abs(mean * workload.rate - 1) < 0.05)
        #expect(abs(variance.squareRoot() / mean / cv - 1) < 0.06)
    }

    @Test("gamma draws have their shape's mean and variance", arguments: [0.2, 0.9, 1.0, 2.5, 20])
    func gamma(shape: Double) {
        var random = SplitMix64(seed: 3)
        let draws = (0..<60_000).map { _ in random.gamma(shape: shape) }
        let mean = draws.reduce(0, +) / 60_000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60_000
        #expect(abs(mean / shape - 1) < 0.04)
        #expect(abs(variance / shape - 1) < 0.08)
    }

    @Test("tenants get their shares")
    func tenants() {
        let shares = TenantShares([.init(name: "a", share: 10), .init(name: "b", share: 1), .init(name: "c", share: 1)])
        var draws = TenantDraws(shares, seed: 1)
        let counts = (0..<12_000).reduce(into: [:]) { counts, _ in counts[draws.next(), default: 0] += 1 }
        #expect(abs(counts["a", default: 0] - 10_000) < 250)
        #expect(abs(counts["b", default: 0] - 1000) < 150)
        #expect(TenantShares([]).tenant(at: 0.5) == "bench")
    }
}
