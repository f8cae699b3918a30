import DeckCore
import Foundation
import Testing

@testable import loradeck

@Suite("Tenant traffic")
struct TenantTrafficTests {
    private static let tenants: [String?] = ["a", "b", "c", "d", nil]

    private func arrivals(_ count: Int, rate: Double = 2, seed: UInt64 = 1) -> [TenantTraffic.Arrival] {
        var traffic = TenantTraffic(tenants: Self.tenants, rate: rate, seed: seed)
        return (0..<count).map { _ in traffic.next() }
    }

    @Test("the same seed gives the same requests at the same moments, another seed others")
    func seeded() {
        let (one, again, other) = (arrivals(50), arrivals(50), arrivals(50, seed: 2))
        #expect(one.map(\.time) == again.map(\.time))
        #expect(one.map(\.request) == again.map(\.request))
        #expect(one.map(\.time) != other.map(\.time))
        #expect(one.map(\.request) != other.map(\.request))
    }

    @Test("gaps are exponential: their mean is 1/rate, their deviation as large")
    func poisson() {
        let times = [0] + arrivals(20_000).map(\.time)
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let deviation = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)).squareRoot()
        #expect(abs(mean - 0.5) < 0.02)
        #expect(abs(deviation - 0.5) < 0.02)
        #expect(gaps.allSatisfy { $0 > 0 })
    }

    @Test("the choice of tenant is skewed as Zipf's law says")
    func zipf() {
        let counts = Dictionary(grouping: arrivals(20_000), by: \.request.adapter).mapValues { Double($0.count) }
        let weights = (1...5).map { pow(Double($0), -TenantTraffic.skew) }
        let total = weights.reduce(0, +)
        for (tenant, weight) in zip(Self.tenants, weights) {
            #expect(abs((counts[tenant] ?? 0) / 20_000 - weight / total) < 0.015)
        }
    }

    @Test("requests are small, seeded chat prompts with no blank left open")
    func requests() {
        for arrival in arrivals(500) {
            let request = arrival.request
            #expect((24...64).contains(request.maxTokens))
            #expect(request.sampling.seed != nil)
            #expect(request.origin == request.adapter ?? "visitor")
            guard case .chat(let messages) = request.content else {
                Issue.record("no chat")
                return
            }
            #expect(messages.count == 1 && !messages[0].content.isEmpty && !messages[0].content.contains("{"))
        }
    }
}
