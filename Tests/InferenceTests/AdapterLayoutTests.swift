import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Inference

@Suite struct AdapterLayoutTests {
    private static func randomShapes(_ generator: inout SeededGenerator) -> [LoRAShape] {
        (0..<Int.random(in: 1...4, using: &generator)).flatMap { layer in
            LinearModule.allCases.filter { _ in Bool.random(using: &generator) }.map { module in
                LoRAShape(
                    layer: layer, module: module, rank: Int.random(in: 1...40, using: &generator),
                    inputSize: Int.random(in: 1...300, using: &generator),
                    outputSize: Int.random(in: 1...300, using: &generator), scale: 2)
            }
        }
    }

    @Test(arguments: 0..<200) func randomShapesAreLaidOutWithoutOverlap(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let shapes = Self.randomShapes(&generator)
        let element: PageElement = Bool.random(using: &generator) ? .f16 : .f32
        let pageBytes = 64 * Int.random(in: 1...200, using: &generator)
        let largestRow = shapes.map { max($0.inputSize, $0.outputSize) * element.bytes }.max() ?? 0
        let layout = AdapterLayout(shapes: shapes, element: element, pageBytes: pageBytes)
        guard largestRow <= pageBytes else {
            #expect(layout == nil)
            return
        }
        let made = try #require(layout)
        #expect(made.placements.map(\.shape) == shapes)
        // Whole pages of bytes, to see that nothing is given out twice.
        var isTaken = [Bool](repeating: false, count: made.pageCount * pageBytes)
        func take(page: Int, offset: Int, bytes: Int) {
            #expect(offset >= 0 && offset + bytes <= pageBytes && page < made.pageCount)
            let range = page * pageBytes + offset..<page * pageBytes + offset + bytes
            #expect(!isTaken[range].contains(true))
            for at in range { isTaken[at] = true }
        }
        var used = 0
        for placement in made.placements {
            take(page: placement.tablePage, offset: placement.tableOffset, bytes: 4)
            for (runs, width) in [(placement.a, placement.shape.inputSize), (placement.b, placement.shape.outputSize)] {
                var row = 0
                for run in runs {
                    #expect(run.firstRow == row && run.rowCount > 0 && run.offset % 64 == 0)
                    take(page: run.page, offset: run.offset, bytes: run.rowCount * width * element.bytes)
                    used += run.rowCount * width * element.bytes
                    row += run.rowCount
                }
                #expect(row == placement.shape.rank)
            }
        }
        #expect(made.usedBytes == used)
        #expect(made.overheadBytes == made.pageCount * pageBytes - used)
    }

    /// What a plan counts from the base's sizes alone is what the engine places, module for module.
    @Test(arguments: 0..<100) func plansCountAsTheEngineLaysOut(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let wide = Int.random(in: 1...300, using: &generator)
        let narrow = Int.random(in: 1...300, using: &generator)
        let long = Int.random(in: 1...600, using: &generator)
        let sizes: [LinearModule: (Int, Int)] = [
            .query: (wide, wide), .key: (wide, narrow), .value: (wide, narrow), .output: (wide, wide),
            .gate: (wide, long), .up: (wide, long), .down: (long, wide),
        ]
        let element: PageElement = Bool.random(using: &generator) ? .f16 : .f32
        let geometry = BaseGeometry(
            layers: Int.random(in: 1...6, using: &generator),
            modules: LinearModule.allCases.map {
                BaseGeometry.Module(kind: $0.name, inputs: sizes[$0]?.0 ?? 0, outputs: sizes[$0]?.1 ?? 0)
            }, elementBytes: element.bytes, kvBytesPerToken: 64)
        let targets = LinearModule.allCases.filter { _ in Bool.random(using: &generator) }
        let rank = Int.random(in: 1...40, using: &generator)
        let pageBytes = 64 * Int.random(in: 1...200, using: &generator)
        let shapes = (0..<geometry.layers).flatMap { layer in
            targets.map { module in
                LoRAShape(
                    layer: layer, module: module, rank: rank, inputSize: sizes[module]?.0 ?? 0,
                    outputSize: sizes[module]?.1 ?? 0, scale: 1)
            }
        }
        let planned = AdapterPages(
            geometry.adapter(rank: rank, targets: Set(targets.map(\.name))), elementBytes: element.bytes,
            pageBytes: pageBytes)
        let placed = AdapterLayout(shapes: shapes, element: element, pageBytes: pageBytes)
        #expect(planned?.pageCount == placed?.pageCount)
        #expect(planned?.usedBytes == placed?.usedBytes)
        #expect(planned?.overheadBytes == placed?.overheadBytes)
        #expect(planned?.placements.map(\.a) == placed?.placements.map(\.a))
        #expect(planned?.placements.map(\.b) == placed?.placements.map(\.b))
    }

    /// What stands in the pages, with the table's factor undone on the matrix that is asked for.
    private func product(_ a: [Float], _ b: [Float], element: PageElement) throws -> Double {
        let shape = LoRAShape(layer: 0, module: .query, rank: 1, inputSize: a.count, outputSize: b.count, scale: 1)
        let layout = try #require(AdapterLayout(shapes: [shape], element: element, pageBytes: 4096))
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 64)
        defer { bytes.deallocate() }
        let memory = PageMemory(base: bytes, pageBytes: 4096, pageCount: 1)
        let adapter = PackedAdapter(layout: layout, pages: [0])
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in adapter.write(0, a: a, bTransposed: b, memory: memory) }
        }
        let placement = try #require(layout.placements.first)
        let scale: Float = try adapter.pages.withUnsafeBufferPointer { pages in
            let plain = SegmentAdapter(layout.index, pages: pages.baseAddress!)
            let entry = try #require(plain.entry(.query, layer: 0))
            #expect(plain.entry(.key, layer: 0) == nil)
            #expect(plain.entry(.query, layer: 1) == nil)
            return plain.scale(entry, memory: memory)
        }
        func last(_ runs: [AdapterLayout.Run], _ count: Int) -> Double {
            let at = adapter.address(runs[0], memory: memory)
            return element == .f16
                ? Double(at.load(fromByteOffset: (count - 1) * 2, as: Float16.self))
                : Double(at.load(fromByteOffset: (count - 1) * 4, as: Float.self))
        }
        return last(placement.a, a.count) * last(placement.b, b.count)
            * Double(scale)
    }

    struct Range: Sendable {
        let a: [Float]
        let b: [Float]
        let tolerance: Double
    }

    static let ranges = [
        Range(a: [1e-5, 3.3e-6], b: [2.7e-7], tolerance: 1e-3),
        Range(a: [1e6, 123_456], b: [7.7e5], tolerance: 1e-3),
        Range(a: [3e-13, 1.1e-13], b: [2e-9], tolerance: 1e-3),
        Range(a: [65504, 5.9604645e-8], b: [40000, Float(Float16(6.1e-5))], tolerance: 0),
        Range(a: [0], b: [0], tolerance: 0),
    ]

    /// Values far outside f16's range keep eleven bits; f16's own values are exact, subnormals among large ones too.
    @Test(arguments: ranges) func rangeIsUsedWell(_ range: Range) throws {
        let expected = Double(range.a.last!) * Double(range.b.last!)
        let halves = try product(range.a, range.b, element: .f16)
        #expect(abs(halves - expected) <= abs(expected) * range.tolerance)
        #expect(try product(range.a, range.b, element: .f32) == expected)
    }
}
