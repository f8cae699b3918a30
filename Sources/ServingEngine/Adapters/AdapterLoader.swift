import DeckCore
import Foundation
import Inference
import ModelFiles
import Synchronization

/// Runs work off the step thread. Tests run it when they choose.
protocol BackgroundRunner: Sendable {
    func run(_ job: @escaping @Sendable () -> Void)
}

/// A few threads of low priority that read adapter files, in order (invariant 7).
final class LoaderThreads: BackgroundRunner {
    private let queue = OperationQueue()

    init(count: Int) {
        queue.name = "adapter-loader"
        queue.maxConcurrentOperationCount = max(1, count)
        queue.qualityOfService = .utility
    }

    func run(_ job: @escaping @Sendable () -> Void) { queue.addOperation(job) }
}

/// What the step thread and a loader thread share about one load.
final class LoadTicket: Sendable {
    private let done = Atomic<Int>(0)
    private let cancelled = Atomic<Bool>(false)
    private let size: Int

    init(modules: Int) { size = modules }

    /// Modules that stand in pages over all modules, in 0...1.
    var fraction: Double { size > 0 ? Double(done.load(ordering: .relaxed)) / Double(size) : 0 }
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    func advance() { done.wrappingAdd(1, ordering: .relaxed) }
    func cancel() { cancelled.store(true, ordering: .relaxed) }
}

/// An adapter whose header was read and whose place in pages is known.
struct OpenedAdapter: Sendable {
    let content: any AdapterContent
    let layout: AdapterLayout
}

/// What a finished read proves.
struct ReadAdapter: Sendable {
    let digest: Digest
    let norms: [ProofOfEffect.ModuleNorm]
}

/// The jobs of the loader threads. Every answer arrives on a loader thread.
struct AdapterLoader: Sendable {
    let opening: any AdapterOpening
    let element: PageElement
    /// Kept alive until the last job that writes into its pages ends.
    let memory: PoolMemory
    let runner: any BackgroundRunner

    /// Phase 1: configuration, header and layout.
    func open(
        path: String, overrideBase: Bool,
        reply: @escaping @Sendable (Result<OpenedAdapter, AdapterRefusal>) -> Void
    ) {
        runner.run { reply(opened(path, overrideBase)) }
    }

    /// Phase 3: every weight into `packed`'s pages, digest and norms.
    func read(
        _ content: any AdapterContent, into packed: PackedAdapter, ticket: LoadTicket,
        reply: @escaping @Sendable (Result<ReadAdapter, AdapterRefusal>) -> Void
    ) {
        runner.run {
            var norms: [ProofOfEffect.ModuleNorm] = []
            do {
                let digest = try content.read { index, a, bTransposed in
                    if ticket.isCancelled { throw CancellationError() }
                    let shape = packed.layout.placements[index].shape
                    packed.write(index, a: a, bTransposed: bTransposed, memory: memory.pages)
                    norms.append(
                        ProofOfEffect.ModuleNorm(
                            module: shape.module.path(layer: shape.layer),
                            norm: updateNorm(
                                a: a, b: bTransposed, rank: shape.rank, in: shape.inputSize, out: shape.outputSize,
                                scale: shape.scale)))
                    ticket.advance()
                }
                reply(.success(ReadAdapter(digest: digest, norms: norms)))
            } catch {
                reply(.failure(Self.refusal(error)))
            }
        }
    }

    /// Reads an adapter through once, for its identity; nothing enters the pool.
    func identify(
        path: String, overrideBase: Bool,
        reply:
            @escaping @Sendable (Result<(digest: Digest, facts: AdapterFacts), AdapterRefusal>) -> Void
    ) {
        runner.run {
            do {
                let adapter = try opened(path, overrideBase).get()
                let digest = try adapter.content.read { _, _, _ in }
                reply(.success((digest, adapter.content.facts)))
            } catch {
                reply(.failure(Self.refusal(error)))
            }
        }
    }

    private func opened(_ path: String, _ overrideBase: Bool) -> Result<OpenedAdapter, AdapterRefusal> {
        do throws(AdapterRefusal) {
            let content = try opening.open(path: path, overrideBase: overrideBase)
            guard
                let layout = AdapterLayout(
                    shapes: content.shapes, element: element, pageBytes: memory.pages.pageBytes)
            else {
                let widest = content.shapes.map { max($0.inputSize, $0.outputSize) }.max() ?? 0
                throw AdapterRefusal(
                    "one row of \(widest) numbers needs \(widest * element.bytes) bytes, a page has "
                        + "\(memory.pages.pageBytes); give more tokens a page")
            }
            return .success(OpenedAdapter(content: content, layout: layout))
        } catch {
            return .failure(error)
        }
    }

    private static func refusal(_ error: any Error) -> AdapterRefusal {
        (error as? AdapterRefusal)
            ?? AdapterRefusal(error is CancellationError ? "cancelled" : "\(error)")
    }
}
