import DeckCore
import Foundation

/// Opens PEFT folders and GGUF adapters for one base.
public struct AdapterReader: AdapterOpening {
    private let base: BaseIdentity
    private let config: ModelConfig
    private let root: AdapterRoot?
    private let plans = PlanMemory(limit: 64)
    private let refusals = RefusalMemory(limit: 1024)
    /// Nanoseconds since 1970.
    private let clock: @Sendable () -> Int64

    /// Without a root, the folder that is opened is its own root: its files may not link out of it.
    public init(base: BaseIdentity, config: ModelConfig, root: AdapterRoot?) {
        self.init(base: base, config: config, root: root) {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }

    init(base: BaseIdentity, config: ModelConfig, root: AdapterRoot?, clock: @escaping @Sendable () -> Int64) {
        self.base = base
        self.config = config
        self.root = root
        self.clock = clock
    }

    public func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
        // Looked at first: what is written from here on gives another trace.
        let trace = trace(path: path)
        let time = clock()
        let keep: @Sendable (AdapterRefusal) -> Void = { [refusals] refusal in
            guard let trace, refusal.isLasting, !overrideBase else { return }
            refusals.keep(refusal.reason, at: path, trace, now: time)
        }
        do throws(AdapterRefusal) {
            return try openStored(path: path, overrideBase: overrideBase, refused: keep)
        } catch {
            keep(error)
            throw error
        }
    }

    /// What stands at `path` now, without opening it; nil outside the root.
    public func trace(path: String) -> AdapterTrace? { AdapterTrace(path: path, root: root) }

    /// Why the adapter at `path` was refused when it was opened or read last, if its files are as they were then. Opens
    /// nothing.
    public func refusal(path: String, _ trace: AdapterTrace) -> String? {
        refusals.reason(at: path, trace, now: clock())
    }

    /// The resolved path of an adapter, and the states of its files now, as `AdapterContent` would give them; no file is
    /// opened. Throws for what is no adapter and for whatever leads out of the root.
    public func look(path: String) throws(AdapterRefusal) -> (path: String, files: [FileState]) {
        let source = try AdapterSource(path: path, root: root)
        let stamps = try source.stamps()
        let now = clock()
        return (source.path, stamps.allSatisfy { $0.state.isSettled(at: now) } ? stamps.map(\.state) : [])
    }

    /// Copies the files that `path` stands for into `folder`, under the names that they have in an adapter, and returns their
    /// bytes. The files are those that stood there when it began, or it throws.
    func copy(path: String, into folder: String) throws(AdapterRefusal) -> Int {
        try AdapterSource(path: path, root: root).copy(into: folder)
    }

    /// Opens an adapter, reads every weight and measures its updates. Throws as `open` and `AdapterContent.read` do.
    public func inspect(path: String, overrideBase: Bool) throws(AdapterRefusal) -> AdapterInspection {
        let adapter = try openStored(path: path, overrideBase: overrideBase)
        return try AdapterInspection(adapter, modulesTotal: config.linearModules.count)
    }

    /// `refused` is told of weights that are refused while they are read.
    private func openStored(
        path: String, overrideBase: Bool, refused: (@Sendable (AdapterRefusal) -> Void)? = nil
    ) throws(AdapterRefusal) -> StoredAdapter {
        let source = try AdapterSource(path: path, root: root)
        do {
            let stamps = try source.stamps()
            switch source {
            case .peft(let folder, let configuration, let weights):
                let plan = try peftPlan(folder, configuration, weights, stamps, overrideBase)
                return StoredAdapter(
                    plan, facts: plan.facts.standing(at: folder), stamps: stamps, now: clock(), refused: refused)
            case .gguf(let place, let file):
                let plan = try ggufPlan(place, file, overrideBase)
                return StoredAdapter(plan, facts: plan.facts, stamps: stamps, now: clock(), refused: refused)
            }
        } catch let refusal as AdapterRefusal {
            throw refusal
        } catch let error as ModelFileError {
            throw AdapterRefusal(error)
        } catch let error as NamePatternError {
            throw AdapterRefusal("\(PEFTConfig.fileName): \(error.description)")
        } catch {
            throw AdapterRefusal("\(path): \(error)")
        }
    }

    private func peftPlan(
        _ folder: String, _ configuration: String, _ weights: String, _ stamps: [FileStamp], _ overrideBase: Bool
    ) throws -> AdapterPlan {
        let text = try PEFTConfig.text(path: configuration)
        let mapped = try MappedFile(path: weights)
        let key = (try? SafetensorsFile.header(of: mapped)).map {
            PlanMemory.Key(
                configuration: text.bytes, header: $0, fileBytes: mapped.count, overridesBase: overrideBase)
        }
        if let key, let plan = plans[key] { return plan }
        let peft = try PEFTConfig(text)
        let file = try SafetensorsFile(mapped)
        let declared = peft.declaredBase.map { [$0] } ?? []
        var judgement = judge(declared, recorded: file.metadata[Self.digestKey])
        if let name = peft.declaredClass, !name.lowercased().hasPrefix(base.architecture.rawValue) {
            judgement = .contradicts("a \(name)")
        }
        let adapter = try PEFTAdapter(config: peft, base: config, weights: file)
        let (modules, verdict) = try settle(judgement, declared.first, overrideBase) { try adapter.modules() }
        let plan = AdapterPlan(
            facts: facts("peft", folder, declared.first, verdict, peft.alpha, modules, mapped.count), modules: modules,
            storedPairing: .halves, notes: try adapter.notes())
        // What was parsed is what the key was made from only if nobody wrote into the files meanwhile.
        if let key, try [configuration, weights].map(FileStamp.init) == stamps { plans.keep(plan, for: key) }
        return plan
    }

    private func ggufPlan(_ place: String, _ file: String, _ overrideBase: Bool) throws -> AdapterPlan {
        let adapter = try GGUFAdapter(try GGUFFile(path: file), base: config)
        let declared = adapter.declaredBases
        let shown = declared.first.map { $0.split(separator: "/").suffix(2).joined(separator: "/") }
        guard adapter.fits(base.architecture) else {
            throw AdapterRefusal(
                """
                the adapter is for \(shown ?? "a base that it does not name") of the architecture \
                \(adapter.architecture); the base here is \(described)
                """)
        }
        let recorded = adapter.file.metadata[Self.digestKey]?.string
        let (modules, verdict) = try settle(judge(declared, recorded: recorded), shown, overrideBase) {
            try adapter.modules()
        }
        return AdapterPlan(
            facts: facts("gguf", place, shown, verdict, adapter.alpha, modules, adapter.file.file.count),
            modules: modules, storedPairing: adapter.pairing, notes: adapter.notes)
    }

    /// Metadata key under which an adapter may record the digest of its base, in hexadecimal.
    private static let digestKey = "loradeck.base_digest"

    private func judge(_ declared: [String], recorded: String?) -> BaseIdentity.Judgement {
        guard let recorded, let digest = Digest(hex: recorded) else { return base.judge(declared: declared) }
        return digest == base.digest ? .verified : .contradicts("the base with the digest \(digest.short)")
    }

    /// Joins what the names say with whether the tensors fit, and words the refusal with both.
    private func settle(
        _ judgement: BaseIdentity.Judgement, _ declared: String?, _ overrideBase: Bool,
        _ plan: () throws -> [StoredModule]
    ) throws -> ([StoredModule], BaseVerdict) {
        do {
            if case .contradicts(let theirs) = judgement, !overrideBase {
                _ = try plan()
                throw AdapterRefusal(
                    """
                    the adapter is for \(theirs); the base here is \(described). Every tensor's shape fits, so it would \
                    load with an override of the base check, and would be wrong unless the two are the same weights
                    """)
            }
            let modules = try plan()
            switch judgement {
            case .verified: return (modules, .verified)
            case .unknown(let reason): return (modules, .unverified(reason: reason))
            case .contradicts(let theirs):
                return (modules, .overridden(reason: "the adapter is for \(theirs), the base is \(base.displayName)"))
            }
        } catch let misfit as BaseMisfit {
            throw AdapterRefusal(
                """
                the adapter is for \(declared ?? "a base that it does not name"); the base here is \(described): \
                \(misfit.description)
                """)
        }
    }

    private var described: String {
        "\(base.displayName) (\(base.architecture.rawValue), \(config.layerCount) layers, width \(config.hiddenSize))"
    }

    private func facts(
        _ format: String, _ path: String, _ declared: String?, _ verdict: BaseVerdict, _ alpha: Double,
        _ modules: [StoredModule], _ bytes: Int
    ) -> AdapterFacts {
        let ranks = modules.map(\.shape.rank)
        let scales = modules.map(\.scale)
        return AdapterFacts(
            format: format, path: path, declaredBase: declared, verdict: verdict,
            ranks: (ranks.min() ?? 0)...(ranks.max() ?? 0), alpha: alpha,
            scales: (scales.min() ?? 0)...(scales.max() ?? 0),
            targets: Set(modules.map(\.shape.module)).sorted().map(\.name), moduleCount: modules.count,
            fileBytes: bytes)
    }
}
