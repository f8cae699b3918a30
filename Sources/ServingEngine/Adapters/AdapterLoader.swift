import DeckCore
import Inference
import ModelFiles
import Synchronization

/// Runs work off the step thread. Tests run it when they choose.
protocol BackgroundRunner: Sendable {
    /// Before every job of `runLater` that has not begun.
    func run(_ job: @escaping @Sendable () -> Void)
    /// For what no request waits for.
    func runLater(_ job: @escaping @Sendable () -> Void)
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
    /// Whether it is the copy that was kept, not what stands where the version was registered from.
    var isCopy = false
}

/// What a finished read proves.
struct ReadAdapter: Sendable {
    let digest: Digest
    /// As `AdapterContent.files`.
    let files: [FileState]
    let norms: [ProofOfEffect.ModuleNorm]
}

/// What reading an adapter through tells of it.
struct IdentifiedAdapter: Sendable {
    let digest: Digest
    let facts: AdapterFacts
    /// As `AdapterContent.files`.
    let files: [FileState]
    let layout: AdapterLayout
}

/// The jobs of the loader threads. Every answer arrives on a loader thread.
struct AdapterLoader: Sendable {
    let opening: any AdapterOpening
    let element: PageElement
    /// Kept alive until the last job that writes into its pages ends.
    let memory: PoolMemory
    let runner: any BackgroundRunner
    /// Nil where no copies are kept.
    let versions: (any VersionKeeping)?
    private let layouts = LayoutMemory(limit: 64)

    init(
        opening: any AdapterOpening, element: PageElement, memory: PoolMemory, runner: any BackgroundRunner,
        versions: (any VersionKeeping)? = nil
    ) {
        self.versions = versions
        self.opening = opening
        self.element = element
        self.memory = memory
        self.runner = runner
    }

    /// Phase 1: configuration, header and layout. What stands where the version was registered from is taken unless it is
    /// known to have been touched since, or `prefersCopy` says that it holds something else; then the copy is, if there is one.
    func open(
        _ version: AdapterVersion, overrideBase: Bool, prefersCopy: Bool,
        reply: @escaping @Sendable (Result<OpenedAdapter, AdapterRefusal>) -> Void
    ) {
        runner.run {
            let inPlace = opened(version.facts.path, overrideBase)
            if !prefersCopy, case .success(let adapter) = inPlace,
                version.files.isEmpty || adapter.content.files == version.files
            {
                return reply(inPlace)
            }
            let copy = openedCopy(version.digest, overrideBase)
            if case .success = copy { reply(copy) } else { reply(inPlace) }
        }
    }

    /// Phase 3: every weight into `packed`'s pages, digest and norms. `known` is the digest where it is known for files in
    /// the states that `content` tells; `norms` are those that were measured before on the same content.
    func read(
        _ content: any AdapterContent, knownAs known: Digest?, norms: [ProofOfEffect.ModuleNorm]?,
        into packed: PackedAdapter, ticket: LoadTicket,
        reply: @escaping @Sendable (Result<ReadAdapter, AdapterRefusal>) -> Void
    ) {
        runner.run {
            do {
                let packer = AdapterPacker(packed, memory: memory.pages)
                let paths = norms == nil ? layouts.paths(of: packed.layout) : []
                var measured: [ProofOfEffect.ModuleNorm] = []
                let digest = try content.read(knownAs: known) { index, a, b in
                    if ticket.isCancelled { throw CancellationError() }
                    if let norm = packer.write(index, a: a, b: b, measures: norms == nil) {
                        measured.append(ProofOfEffect.ModuleNorm(module: paths[index], norm: norm))
                    }
                    ticket.advance()
                }
                reply(.success(ReadAdapter(digest: digest, files: content.files, norms: norms ?? measured)))
            } catch {
                reply(.failure(Self.refusal(error)))
            }
        }
    }

    /// Reads an adapter through once, for its identity; nothing enters the pool.
    func identify(
        path: String, overrideBase: Bool,
        reply: @escaping @Sendable (Result<IdentifiedAdapter, AdapterRefusal>) -> Void
    ) {
        runner.runLater {
            do {
                let opened = try opened(path, overrideBase).get()
                let content = opened.content
                let digest = try content.read(knownAs: nil) { _, _, _ in }
                reply(
                    .success(
                        IdentifiedAdapter(
                            digest: digest, facts: content.facts, files: content.files, layout: opened.layout)))
            } catch {
                reply(.failure(Self.refusal(error)))
            }
        }
    }

    /// Reads an earlier version through, from its copy or else from where it was registered, for the facts that hold now.
    func identify(
        _ version: AdapterVersion, overrideBase: Bool,
        reply: @escaping @Sendable (Result<IdentifiedAdapter, AdapterRefusal>) -> Void
    ) {
        runner.runLater {
            do {
                let adapter = try intactCopy(of: version, overrideBase) ?? inPlace(version, overrideBase)
                let facts = adapter.content.facts.standing(at: version.facts.path)
                reply(
                    .success(
                        IdentifiedAdapter(
                            digest: version.digest, facts: facts,
                            files: adapter.isCopy ? version.files : adapter.content.files, layout: adapter.layout)))
            } catch {
                reply(.failure(Self.refusal(error)))
            }
        }
    }

    /// Nil where there is none, and where what there is is something else, which is taken away.
    private func intactCopy(of version: AdapterVersion, _ overrideBase: Bool) throws -> OpenedAdapter? {
        guard let copy = try? openedCopy(version.digest, overrideBase).get() else { return nil }
        let digest = try? copy.content.read(knownAs: nil) { _, _, _ in }
        if digest == version.digest { return copy }
        versions?.discard(version.digest)
        return nil
    }

    private func inPlace(_ version: AdapterVersion, _ overrideBase: Bool) throws -> OpenedAdapter {
        let path = version.facts.path
        let adapter = try opened(path, overrideBase).get()
        let digest = try adapter.content.read(knownAs: nil) { _, _, _ in }
        guard digest == version.digest else {
            throw AdapterRefusal(
                "version \(version.digest.short) was registered from \(path), which holds \(digest.short) now")
        }
        return adapter
    }

    private func openedCopy(_ digest: Digest, _ overrideBase: Bool) -> Result<OpenedAdapter, AdapterRefusal> {
        guard let versions else { return .failure(AdapterRefusal("no copies are kept")) }
        return laidOut { () throws(AdapterRefusal) in
            try versions.open(digest, overrideBase: overrideBase)
        }.map { OpenedAdapter(content: $0.content, layout: $0.layout, isCopy: true) }
    }

    private func opened(_ path: String, _ overrideBase: Bool) -> Result<OpenedAdapter, AdapterRefusal> {
        laidOut { () throws(AdapterRefusal) in try opening.open(path: path, overrideBase: overrideBase) }
    }

    private func laidOut(
        _ open: () throws(AdapterRefusal) -> any AdapterContent
    ) -> Result<OpenedAdapter, AdapterRefusal> {
        do throws(AdapterRefusal) {
            let content = try open()
            guard
                let layout = layouts.layout(
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
