import DeckCore
import DeckWire
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Figures that no decode lets through: what reckons with them is total even so.
@Suite("Figures beyond all bounds") struct BeyondBoundsTests {
    @Test("arithmetic ends where there is no room for more")
    func saturation() {
        #expect(Int.max.plus(1) == .max && Int.min.plus(-1) == .min && 2.plus(3) == 5 && Int.max.plus(.min) == -1)
        #expect(Int.min.minus(1) == .min && 0.minus(.min) == .max && 5.minus(7) == -2)
        #expect(Int.max.times(2) == .max && Int.min.times(2) == .min && Int.min.times(-1) == .max && 6.times(-7) == -42)
        #expect(Int(bounding: .nan) == 0 && Int(bounding: .infinity) == .max && Int(bounding: -1e300) == .min)
        #expect(Int(bounding: 1.9) == 1 && Int(bounding: -1.9) == -1 && Int(bounding: 0x1p63) == .max)
        #expect([Int.max, 1, -1].saturatedSum == .max - 1 && [Int]().saturatedSum == 0)
    }

    /// Foundation's decoder knows no bounds. All numbers of one part of the snapshot are changed together.
    private func draw(_ value: JSONValue) throws -> Int {
        let tree = try JSONValue.parse(Array(try JSONEncoder().encode(FullSnapshot.make())), source: "test")
        let numbers = TreePath.fields(in: tree, where: \.isNumber)
        let parts = Dictionary(grouping: numbers) { TreePath(steps: Array($0.steps.dropLast())).field }
        var frames = 0
        for (place, part) in parts.sorted(by: { $0.key < $1.key }).enumerated() {
            let changed = part.value.reduce(tree) { $0.replacing($1, value) }
            guard let snapshot = try? JSONDecoder().decode(DeckSnapshot.self, from: Data(changed.text)) else {
                continue
            }
            frames += ScreenWalk.draw([snapshot], sizes: [ScreenWalk.sizes[place % 3]])
        }
        return frames
    }

    @Test("the counts of a snapshot, on every screen", arguments: [1 << 62, Int.max, Int.min, -1])
    func counts(value: Int) throws { #expect(try draw(.int(value)) > 500) }

    @Test("the times and shares of a snapshot, on every screen", arguments: [1e308, -1e308, 0x1p63, 1e18])
    func times(value: Double) throws { #expect(try draw(.double(value)) > 100) }

    @Test("a plan takes as many steps as there are modules, whatever their sizes")
    func plans() throws {
        let module = BaseGeometry.Module(kind: "q_proj", inputs: 1 << 24, outputs: 64)
        let geometry = BaseGeometry(layers: .max, modules: [module], elementBytes: 16, kvBytesPerToken: 1 << 28)
        let modules = geometry.adapter(rank: 100_000, targets: ["q_proj"])
        #expect(modules.count == BaseGeometry.mostLayers)
        let pages = try #require(AdapterPages(modules, elementBytes: 16, pageBytes: 1 << 28))
        // The table takes a part of one page, each A 100,000 whole ones, each B a part of one.
        #expect(pages.pageCount == 1 + 1024 * 100_001)
        #expect(pages.placements.count == 1024 && pages.placements[0].a.count == 100_000)
        for bytes in [0, 1, 1 << 28, .max] {
            let pool = PlanPool(
                pageBytes: bytes, tokensPerPage: bytes, pageCount: .max, freePages: .max, evictablePages: .max, idle: []
            )
            var question = PlanQuestion(rank: .max, targets: ["q_proj"], tokens: .max)
            #expect(CapacityPlan(question, pool: pool, geometry: geometry).sequence.pages >= 0)
            question.memoryBytes = .max
            question.tokensPerPage = .max
            #expect(CapacityPlan(question, pool: pool, geometry: geometry).sequences.free >= 0)
        }
    }

    @Test("the rows of a matrix lie as they did when each page was walked", arguments: 0..<50)
    func stretches(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let pageBytes = 64 * Int.random(in: 1...40, using: &random)
        let modules = (0..<Int.random(in: 1...6, using: &random)).map { reader in
            AdapterPages.Module(
                rank: Int.random(in: 1...90, using: &random), inputs: Int.random(in: 1...60, using: &random),
                outputs: Int.random(in: 1...60, using: &random), reader: reader / 2)
        }
        guard let pages = AdapterPages(modules, elementBytes: 2, pageBytes: pageBytes) else {
            #expect(modules.contains { max($0.inputs, $0.outputs) * 2 > pageBytes })
            return
        }
        for (module, placement) in zip(modules, pages.placements) {
            for (runs, width) in [(placement.a, module.inputs), (placement.b, module.outputs)] {
                #expect(runs.reduce(0) { $0 + $1.rowCount } == module.rank)
                for (place, run) in runs.enumerated() {
                    #expect(run.rowCount > 0 && run.offset + run.rowCount * width * 2 <= pageBytes)
                    #expect(run.firstRow == runs[..<place].reduce(0) { $0 + $1.rowCount })
                    #expect(place == 0 || (run.offset == 0 && run.page == runs[place - 1].page + 1))
                }
            }
        }
        #expect(pages.pageCount * pageBytes == pages.usedBytes + pages.overheadBytes)
    }
}
