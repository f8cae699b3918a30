import DeckCore
import Foundation

/// Opens PEFT folders and GGUF adapters for one base.
public struct AdapterReader: AdapterOpening {
    private let base: BaseIdentity
    private let config: ModelConfig
    private let root: AdapterRoot?
    private let earlier: VerdictMemory?
    private let plans = PlanMemory(limit: 64)
    private let refusals = RefusalMemory(limit: 1024)
    /// Nanoseconds since 1970.
    private let clock: @Sendable () -> Int64

    /// Without a root, the folder that is opened is its own root: its files may not link out of it. `verified` remembers
    /// which contents were verified on this base before, whatever its files were called then.
    public init(
        base: BaseIdentity, config: ModelConfig, root: AdapterRoot?, verified: (any VerifiedAdapters)? = nil
    ) {
        self.init(base: base, config: config, root: root, verified: verified) {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }

    init(
        base: BaseIdentity, config: ModelConfig, root: AdapterRoot?, verified: (any VerifiedAdapters)? = nil,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.base = base
        self.config = config
        self.root = root
        earlier = verified.map(VerdictMemory.init)
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
            let plan =
                switch source {
                case .peft(let folder, let configuration, let weights):
                    try peftPlan(folder, configuration, weights, stamps)
                case .gguf(let place, let file): try ggufPlan(place, file)
                }
            let adapter = StoredAdapter(
                plan, facts: plan.facts.standing(at: source.path), stamps: stamps, now: clock(), refused: refused)
            return try settled(adapter, plan.judgement, overrideBase)
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

    /// The adapter with its verdict, or the refusal of one for another base.
    private func settled(
        _ adapter: StoredAdapter, _ judgement: BaseIdentity.Judgement, _ overrideBase: Bool
    ) throws(AdapterRefusal) -> StoredAdapter {
        switch judgement {
        case .verified: return adapter
        case .unknown: return earlier?.holds(adapter) == true ? adapter.verified() : adapter
        case .contradicts(let contradiction):
            if contradiction.isByName, earlier?.holds(adapter) == true { return adapter.verified() }
            if overrideBase { return adapter }
            throw AdapterRefusal(
                """
                the adapter is for \(contradiction.declared); the base here is \(described). \(contradiction.reason). \
                Every tensor's shape fits, so it would load with an override of the base check, and would be wrong \
                unless the two are the same weights
                """,
                // An adapter of the same content may be verified later.
                isLasting: earlier == nil || !contradiction.isByName)
        }
    }

    private func peftPlan(
        _ folder: String, _ configuration: String, _ weights: String, _ stamps: [FileStamp]
    ) throws -> AdapterPlan {
        let text = try PEFTConfig.text(path: configuration)
        let mapped = try MappedFile(resolved: weights)
        let key = (try? SafetensorsFile.header(of: mapped)).map {
            PlanMemory.Key(configuration: text.bytes, header: $0, fileBytes: mapped.count)
        }
        if let key, let plan = plans[key] { return plan }
        let peft = try PEFTConfig(text)
        let file = try SafetensorsFile(mapped)
        let declared = peft.declaredBase.map { [$0] } ?? []
        let judgement = judge(declared, peft.declaredClass, recorded: file.metadata[Self.digestKey])
        let adapter = try PEFTAdapter(config: peft, base: config, weights: file)
        let modules = try fitting(declared.first) { try adapter.modules() }
        let plan = AdapterPlan(
            facts: facts("peft", folder, declared.first, judgement, peft.alpha, modules, mapped.count),
            judgement: judgement, modules: modules, storedPairing: .halves, notes: try adapter.notes())
        // What was parsed is what the key was made from only if nobody wrote into the files meanwhile.
        if let key, try [configuration, weights].map(FileStamp.init) == stamps { plans.keep(plan, for: key) }
        return plan
    }

    private func ggufPlan(_ place: String, _ file: String) throws -> AdapterPlan {
        let adapter = try GGUFAdapter(try GGUFFile(try MappedFile(resolved: file)), base: config)
        let declared = adapter.declaredBases
        let shown = declared.first.map { $0.split(separator: "/").suffix(2).joined(separator: "/") }
        guard adapter.fits(base.architecture) else {
            throw AdapterRefusal(
                """
                the adapter is for \(shown ?? "a base that it does not name") of the architecture \
                \(adapter.architecture); the base here is \(described)
                """)
        }
        let judgement = judge(declared, nil, recorded: adapter.file.metadata[Self.digestKey]?.string)
        let modules = try fitting(shown) { try adapter.modules() }
        return AdapterPlan(
            facts: facts("gguf", place, shown, judgement, adapter.alpha, modules, adapter.file.file.count),
            judgement: judgement, modules: modules, storedPairing: adapter.pairing, notes: adapter.notes)
    }

    /// Metadata key under which an adapter may record the digest of its base, in hexadecimal.
    private static let digestKey = "loradeck.base_digest"

    private func judge(_ declared: [String], _ modelClass: String?, recorded: String?) -> BaseIdentity.Judgement {
        guard let recorded, let digest = Digest(hex: recorded) else {
            return base.judge(declared: declared, modelClass: modelClass)
        }
        guard digest != base.digest else { return .verified }
        return .contradicts(
            BaseIdentity.Contradiction(
                declared: "the base with the digest \(digest.short)", reason: "Ours has \(base.digest.short)",
                isByName: false))
    }

    /// The modules, or a refusal that names both bases and the first tensor that does not fit.
    private func fitting(_ declared: String?, _ modules: () throws -> [StoredModule]) throws -> [StoredModule] {
        do {
            return try modules()
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
        _ format: String, _ path: String, _ declared: String?, _ judgement: BaseIdentity.Judgement, _ alpha: Double,
        _ modules: [StoredModule], _ bytes: Int
    ) -> AdapterFacts {
        let ranks = modules.map(\.shape.rank)
        let scales = modules.map(\.scale)
        let verdict: BaseVerdict =
            switch judgement {
            case .verified: .verified
            case .unknown(let reason): .unverified(reason: reason)
            // It loads with an override only.
            case .contradicts(let contradiction):
                .overridden(
                    reason: "the adapter is for \(contradiction.declared), the base is \(base.displayName). "
                        + contradiction.reason)
            }
        return AdapterFacts(
            format: format, path: path, declaredBase: declared, verdict: verdict,
            ranks: (ranks.min() ?? 0)...(ranks.max() ?? 0), alpha: alpha,
            scales: (scales.min() ?? 0)...(scales.max() ?? 0),
            targets: Set(modules.map(\.shape.module)).sorted().map(\.name), moduleCount: modules.count,
            fileBytes: bytes)
    }
}
