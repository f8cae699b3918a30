import DeckCore
import Foundation
import TestSupport
import Testing

/// `loradeck plan` on the demo model, without an engine.
@Suite("Plan") struct PlanTests {
    private struct Report: Decodable {
        struct Plan: Decodable {
            struct Cost: Decodable {
                let pages: Int
                let naive_bytes: Int
                let paged_bytes: Int
            }
            struct Fit: Decodable {
                let free: Int
                let naive: Int
            }
            let adapter: Cost?
            let adapters: Fit?
            let sequence: Cost
            let sequences: Fit
        }
        struct Placements: Decodable {
            struct Row: Decodable {
                let name: String
                let pages: Int?
            }
            let rows: [Row]
            let pages: Int
            let fit: Bool
        }
        let plan: Plan
        let adapters: Placements?
    }

    private func plan(_ arguments: [String], status: Int32 = 0) throws -> Report {
        let result = try Command.loradeck(["plan", "--json", "--model", Fixture.model.path] + arguments)
        #expect(result.status == status, "\(result.errors)")
        return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    }

    @Test("sizes follow from the model's header") func sizes() throws {
        let report = try plan(["--memory", "64M", "--rank", "8", "--tokens", "1000"])
        let cost = try #require(report.plan.adapter)
        // 30 layers, q and o 576 to 576, k and v 576 to 192, in half precision.
        #expect(cost.naive_bytes == 8 * 30 * (4 * 576 + 2 * 768) * 2)
        #expect(cost.paged_bytes > cost.naive_bytes)
        // 16 tokens a page, 3 KV heads of 64, keys and values.
        #expect(report.plan.sequence.pages == 63)
        let pages = (64 << 20) / (30 * 2 * 3 * 64 * 2 * 16)
        #expect(report.plan.adapters?.free == pages / cost.pages)
        #expect(report.plan.sequences.free == pages / 63)
        #expect(report.plan.sequences.naive >= report.plan.sequences.free)
    }

    @Test("a folder's adapters are placed one by one") func folder() throws {
        let report = try plan(["--memory", "64M", "--adapters", Fixture.demoAdapters.path])
        let found = try #require(report.adapters)
        #expect(found.rows.contains { $0.name == "pirate-games" })
        #expect(found.pages == found.rows.reduce(0) { $0 + ($1.pages ?? 0) })
        #expect(found.fit)
        let tight = try plan(["--memory", "4M", "--adapters", Fixture.demoAdapters.path], status: 2)
        #expect(tight.adapters?.fit == false)
    }

    @Test("what does not fit is exit code 2; text has the same figures") func text() throws {
        let small = try Command.loradeck([
            "plan", "--model", Fixture.model.path, "--memory", "1M", "--tokens", "4096",
        ])
        #expect(small.status == 2)
        #expect(small.output.contains("sequence of 4096 tokens: 256 pages"))
        #expect(small.output.contains("OTHER PAGE SIZES"))
        let wrong = try Command.loradeck(["plan", "--model", Fixture.model.path, "--targets", "lm_head"])
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("lm_head") && wrong.errors.contains("q_proj"))
    }
}
