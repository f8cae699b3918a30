import ModelFiles
import TestSupport
import Testing

@testable import Inference

/// Packing what a file holds against packing its values in single precision, on odd shapes and awkward values.
@Suite struct AdapterPackerTests {
    /// A matrix in one of the three types.
    private struct Matrix {
        let type: TensorType
        let rows: Int
        let columns: Int
        let bytes: [UInt8]

        init(_ rows: Int, _ columns: Int, _ generator: inout SeededGenerator) {
            let type = [TensorType.f16, .f16, .bf16, .f32].randomElement(using: &generator)!
            let kind = Int.random(in: 0..<5, using: &generator)
            self.rows = rows
            self.columns = columns
            self.type = type
            bytes = (0..<rows * columns).flatMap { _ -> [UInt8] in
                // All zero, tiny (f16's subnormals), ordinary, large, and mixed.
                let exponent = [-200, -20, -4, 12, Int.random(in: -20...12, using: &generator)][kind]
                let value =
                    kind == 0
                    ? 0
                    : Float.random(in: -1...1, using: &generator)
                        * Float(sign: .plus, exponent: exponent, significand: 1)
                switch type {
                case .f16: return withUnsafeBytes(of: Float16(value).bitPattern, Array.init)
                case .bf16: return withUnsafeBytes(of: UInt16(value.bitPattern >> 16), Array.init)
                default: return withUnsafeBytes(of: value, Array.init)
                }
            }
        }

        func with<Result>(_ body: (StoredMatrix) -> Result) -> Result {
            bytes.withUnsafeBytes {
                body(StoredMatrix(type: type, rows: rows, columns: columns, bytes: $0))
            }
        }
    }

    private func zeroed(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        return memory
    }

    @Test(arguments: 0..<150) func packsWhatItsFloatsSay(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let shapes = (0..<Int.random(in: 1...4, using: &generator)).map { layer in
            LoRAShape(
                layer: layer, module: .query, rank: Int.random(in: 1...37, using: &generator),
                inputSize: Int.random(in: 1...150, using: &generator),
                outputSize: Int.random(in: 1...150, using: &generator), scale: -1.5)
        }
        let element: PageElement = seed % 3 == 0 ? .f32 : .f16
        let pageBytes = 64 * Int.random(in: 10...80, using: &generator)
        let layout = try #require(AdapterLayout(shapes: shapes, element: element, pageBytes: pageBytes))
        let expected = zeroed(layout.pageCount * pageBytes)
        let packed = zeroed(layout.pageCount * pageBytes)
        defer {
            expected.deallocate()
            packed.deallocate()
        }
        // Pages in any order.
        let pages = (0..<Int32(layout.pageCount)).shuffled(using: &generator)
        let adapter = PackedAdapter(layout: layout, pages: pages)
        let slow = PageMemory(base: expected.baseAddress!, pageBytes: pageBytes, pageCount: layout.pageCount)
        let packer = AdapterPacker(
            adapter, memory: PageMemory(base: packed.baseAddress!, pageBytes: pageBytes, pageCount: layout.pageCount))
        for (index, shape) in shapes.enumerated() {
            let a = Matrix(shape.rank, shape.inputSize, &generator)
            let b = Matrix(shape.outputSize, shape.rank, &generator)
            let floatsA = a.with { $0.floats() }
            let floatsB = b.with { $0.transposedFloats() }
            let measures = Bool.random(using: &generator)
            let norm = a.with { a in b.with { b in packer.write(index, a: a, b: b, measures: measures) } }
            floatsA.withUnsafeBufferPointer { a in
                floatsB.withUnsafeBufferPointer { b in
                    adapter.write(index, a: a, bTransposed: b, memory: slow)
                    let wanted = updateNorm(
                        a: a, b: b, rank: shape.rank, in: shape.inputSize, out: shape.outputSize, scale: shape.scale)
                    #expect((norm != nil) == measures)
                    if let norm { #expect(abs(norm - wanted) <= 1e-4 * wanted) }
                }
            }
        }
        #expect(packed.elementsEqual(expected))
    }

    @Test func aLargeRankIsMeasuredInStrips() throws {
        var generator = SeededGenerator(seed: 9)
        let shape = LoRAShape(layer: 0, module: .query, rank: 130, inputSize: 67, outputSize: 33, scale: 2)
        let a = (0..<130 * 67).map { _ in Float.random(in: -1...1, using: &generator) }
        let b = (0..<33 * 130).map { _ in Float.random(in: -1...1, using: &generator) }
        let layout = try #require(AdapterLayout(shapes: [shape], element: .f16, pageBytes: 1 << 16))
        let memory = zeroed(layout.pageCount << 16)
        defer { memory.deallocate() }
        let packer = AdapterPacker(
            PackedAdapter(layout: layout, pages: (0..<Int32(layout.pageCount)).map { $0 }),
            memory: PageMemory(base: memory.baseAddress!, pageBytes: 1 << 16, pageCount: layout.pageCount))
        let norm = a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                packer.write(
                    0, a: StoredMatrix(type: .f32, rows: 130, columns: 67, bytes: a),
                    b: StoredMatrix(type: .f32, rows: 33, columns: 130, bytes: b), measures: true)
            }
        }
        var sum = 0.0
        for row in 0..<33 {
            for column in 0..<67 {
                let value = (0..<130).reduce(0.0) { $0 + Double(b[row * 130 + $1]) * Double(a[$1 * 67 + column]) }
                sum += value * value
            }
        }
        #expect(abs((norm ?? 0) - 2 * sum.squareRoot()) < 1e-3)
    }
}
