import COpenBLAS
import ModelFiles

/// What this machine reaches with so many threads, measured in about a second: the roofs under which an engine's figures stand
/// (Williams, Waterman and Patterson, 2009).
public struct MachineLimits: Hashable, Sendable, Codable {
    public let threads: Int
    /// Reading a buffer much larger than the caches, in GB/s.
    public let memoryGigabytes: Double
    /// OpenBLAS on square f32 matrices that stay in the cache, a product a thread, in GFLOP/s.
    public let sgemmGigaflops: Double
    /// This engine's whole step on one small block of Q4_1 weights that stays in the cache, 64 rows at a time, in GFLOP/s:
    /// integer products with --precision fast's activations.
    public let integerGigaflops: Double
    /// The same in f32.
    public let floatGigaflops: Double

    /// Measures; `threads` includes the caller. Throws when the small model cannot be run, which is a defect.
    public static func measure(threads: Int) throws -> MachineLimits {
        MachineLimits(
            threads: threads, memoryGigabytes: readRate(threads), sgemmGigaflops: sgemmRate(threads),
            integerGigaflops: try HotBlock(precision: .fast, threads: threads).rate(),
            floatGigaflops: try HotBlock(precision: .f32, threads: threads).rate())
    }

    /// Best of several passes, each thread over a part of its own.
    private static func readRate(_ threads: Int) -> Double {
        let team = WorkerTeam(threadCount: threads)
        typealias Lane = SIMD8<UInt64>
        let part = (256 << 20) / team.threadCount / MemoryLayout<Lane>.size / 4 * 4
        let buffer = UnsafeMutablePointer<Lane>.allocate(capacity: part * team.threadCount)
        defer { buffer.deallocate() }
        // Pages that were never written are one page of zeros.
        team.run(team.threadCount) { item, _ in
            (buffer + item * part).initialize(repeating: Lane(repeating: 1), count: part)
        }
        let sums = UnsafeMutablePointer<UInt64>.allocate(capacity: team.threadCount)
        defer { sums.deallocate() }
        let seconds = best(of: 5) {
            team.run(team.threadCount) { item, _ in
                let lanes = buffer + item * part
                var (a, b, c, d) = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)
                for index in stride(from: 0, to: part, by: 4) {
                    a &+= lanes[index]
                    b &+= lanes[index + 1]
                    c &+= lanes[index + 2]
                    d &+= lanes[index + 3]
                }
                sums[item] = (a &+ b &+ c &+ d).wrappedSum()
            }
        }
        // What is not used would not be read.
        precondition(sums[0] == UInt64(part * 8))
        return Double(part * team.threadCount * MemoryLayout<Lane>.size) / seconds * 1e-9
    }

    private static func sgemmRate(_ threads: Int) -> Double {
        let team = WorkerTeam(threadCount: threads)
        openblas_set_num_threads(1)
        let size = 384
        let floats = 3 * size * size
        let matrices = UnsafeMutablePointer<Float>.allocate(capacity: floats * team.threadCount)
        defer { matrices.deallocate() }
        matrices.initialize(repeating: 0.5, count: floats * team.threadCount)
        let products = 4
        let seconds = best(of: 5) {
            team.run(team.threadCount) { item, _ in
                let a = matrices + item * floats
                for _ in 0..<products {
                    cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(size), Int32(size), Int32(size), 1, a,
                        Int32(size),
                        a + size * size, Int32(size), 0, a + 2 * size * size, Int32(size))
                }
            }
        }
        return 2 * Double(size * size * size * products * team.threadCount) / seconds * 1e-9
    }

    /// The shortest of several runs, after one that is not counted.
    fileprivate static func best(of count: Int, _ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        body()
        return (0..<count).map { _ in
            let began = clock.now
            body()
            let passed = (clock.now - began).components
            return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
        }.min() ?? .infinity
    }

    private enum CodingKeys: String, CodingKey {
        case threads
        case memoryGigabytes = "memory_gigabytes_per_second"
        case sgemmGigaflops = "sgemm_gflops"
        case integerGigaflops = "engine_integer_gflops"
        case floatGigaflops = "engine_f32_gflops"
    }
}

/// A model of one block whose weights stay in a second-level cache, and steps over it.
private struct HotBlock {
    private static let rows = 64
    private let transformer: Transformer
    private let products: Int

    init(precision: Precision, threads: Int) throws {
        let source = SyntheticBlock()
        let config = source.config
        products = LinearModule.allCases.reduce(0) { $0 + $1.inputSize(config) * $1.outputSize(config) } * Self.rows
        transformer = try Transformer(source, precision: precision, threads: threads)
    }

    /// 2 x weights x rows a second, in 10⁹.
    func rate() -> Double {
        let tokensPerPage = 16
        let pageBytes = transformer.pageBytes(tokensPerPage: tokensPerPage)
        let pageCount = Self.rows / tokensPerPage
        let base = UnsafeMutableRawPointer.allocate(byteCount: pageBytes * pageCount, alignment: 64)
        defer { base.deallocate() }
        base.initializeMemory(as: UInt8.self, repeating: 0, count: pageBytes * pageCount)
        let memory = PageMemory(base: base, pageBytes: pageBytes, pageCount: pageCount)
        let batch = StepBatch(
            tokens: [Int32](repeating: 1, count: Self.rows),
            slices: [
                .init(firstRow: 0, rowCount: Self.rows, firstPosition: 0, pages: (0..<Int32(pageCount)).map { $0 })
            ], segments: [.init(firstRow: 0, rowCount: Self.rows, adapter: nil)], outputRows: [])
        let steps = 8
        let seconds = MachineLimits.best(of: 8) {
            for _ in 0..<steps { transformer.run(batch, memory: memory, tokensPerPage: tokensPerPage) { _, _ in } }
        }
        return 2 * Double(products * steps) / seconds * 1e-9
    }
}

/// Weights in memory: matrices of Q4_1 blocks, norms of ones.
private struct SyntheticBlock: WeightSource {
    let config = ModelConfig(
        architecture: .llama, layerCount: 1, hiddenSize: 384, headCount: 6, kvHeadCount: 6, headSize: 64,
        feedForwardSize: 768, vocabularySize: 64, contextLength: 128, normEpsilon: 1e-5,
        rotary: RotaryConfig(theta: 10_000, scaling: .none, pairing: .halves), slidingWindow: nil)

    func tensor(_ role: TensorRole) -> TensorView? {
        switch role {
        case .embedding, .outputHead:
            Bytes.view("head", .q4_1, [config.vocabularySize, config.hiddenSize])
        case .weight(let module, _):
            Bytes.view(module.name, .q4_1, [module.outputSize(config), module.inputSize(config)])
        case .outputNorm, .attentionNorm, .feedForwardNorm: Bytes.view("norm", .f32, [config.hiddenSize])
        case .queryNorm, .keyNorm, .bias: nil
        }
    }

    /// Owns a tensor's memory.
    private final class Bytes: Sendable {
        /// Filled by `view` before the tensor is given out; read-only from then on.
        private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

        private init(_ count: Int) { memory = .allocate(byteCount: count, alignment: 64) }

        deinit { memory.deallocate() }

        static func view(_ name: String, _ type: TensorType, _ shape: [Int]) -> TensorView {
            let count = shape.reduce(1, *) / type.blockValues * type.blockBytes
            let bytes = Bytes(count)
            if type == .f32 {
                bytes.memory.bindMemory(to: Float.self).initialize(repeating: 1)
            } else {
                // A block: scale 2^-8 and minimum 2^-7 in f16, then nibbles.
                let block: [UInt8] = [0x00, 0x1C, 0x00, 0x20] + [UInt8](repeating: 0x5A, count: type.blockBytes - 4)
                for index in 0..<count { bytes.memory[index] = block[index % type.blockBytes] }
            }
            return TensorView(
                name: name, type: type, shape: shape, bytes: UnsafeRawBufferPointer(bytes.memory), owner: bytes)
        }
    }
}
