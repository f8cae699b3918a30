import DeckCore
import Dispatch
import Foundation
import Logging
import ModelFiles
import Registry
import ServingAPI
import ServingEngine

/// The embedded deck as the API serves it: with its tenants, and with what comes new into the adapter root.
final class ServedDeck: Serving {
    let deck: any Deck
    let model: ServedModel
    private let root: URL?
    private let roots: AdapterRoots
    /// Names of the base that the registry has an adapter under, which is not served for that.
    private let claimed: Set<String>
    private let engine: Engine
    private let registry: Registry
    private let access: AccessReader
    private let log: Logger
    let directory: LiveDirectory

    init(_ embedded: EmbeddedDeck, root: URL?, registry: Registry, log: Logger) throws {
        let base = embedded.base
        deck = embedded.engine
        engine = embedded.engine
        model = ServedModel(
            name: base.model.displayName, names: Set(base.model.names), root: base.model.path,
            contextLength: base.model.config.contextLength, vocabularySize: base.model.config.vocabularySize,
            tokenizer: base.tokenizer, template: base.template)
        self.root = root
        claimed = Set(embedded.unserved.map(\.adapter.name))
        roots = embedded.roots
        let reader = AccessReader(registry.tenantBook)
        access = reader
        self.registry = registry
        self.log = log
        let reading = reader.read()
        let records = try reading.records.get()
        directory = LiveDirectory(TenantDirectory(records, standing: reading.standing, path: reader.path))
        warn(records)
        tell(records.tenants)
    }

    /// Hands the engine what it has to keep: shares, tokens a minute, contexts, and whose adapters are whose.
    private func tell(_ tenants: [TenantRecord]) {
        var policies: [String: TenantPolicy] = [:]
        var owners: [String: String] = [:]
        for tenant in tenants {
            policies[tenant.name] = TenantPolicy(
                weight: tenant.weight, tokensPerMinute: tenant.tokensPerMinute, maxContext: tenant.maxContext)
            // One that several may use is nobody's.
            for adapter in tenant.adapters ?? [] { owners[adapter] = owners[adapter] == nil ? tenant.name : "" }
        }
        engine.setTenants(policies, owners: owners.filter { !$0.value.isEmpty })
    }

    /// Shorter than the second within which a key that another process added or revoked counts.
    private static let seconds = 0.4

    func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)? {
        tenant.tokensPerMinute.flatMap { engine.tokenDebt(of: tenant.name, perMinute: $0) }
    }

    /// Reads tenants and keys again and again, from what stands at the registry's path.
    func follow() async {
        let thread = DispatchQueue(label: "registry")
        while (try? await Task.sleep(for: .seconds(Self.seconds))) != nil {
            // A slow disk holds up nobody's request.
            take(
                await withCheckedContinuation { continuation in
                    thread.async { [access] in continuation.resume(returning: access.read()) }
                })
        }
    }

    private func take(_ reading: AccessReading) {
        let before = directory.current
        switch reading.records {
        case .success(let records):
            guard directory.update(TenantDirectory(records, standing: reading.standing, path: access.path)) else {
                return
            }
            warn(records)
            tell(records.tenants)
        case .failure(let error): directory.update(before.unread(error.description))
        }
        let trouble = directory.current.trouble
        guard trouble != before.trouble else { return }
        let sentence = trouble.map(\.description) ?? "the registry is in its place again, and can be read"
        log.log(level: trouble == nil ? .notice : .error, "\(sentence)")
        engine.note(.warning, by: "engine", about: nil, sentence)
    }

    private func warn(_ records: AccessRecords) {
        for complaint in records.unreadable { log.error("\(complaint)") }
    }

    func standing(of name: String) -> AdapterStanding? { engine.standing(of: name) }
    var standings: [AdapterStanding] { engine.standings }
    func snapshot() async -> DeckSnapshot? { await engine.snapshot() }

    func register(_ found: UnregisteredAdapter, named name: String, by actor: String) async -> CommandOutcome {
        let adapter = NamedAdapter(name: name, path: URL(fileURLWithPath: found.path))
        let moment = engine.moment
        guard case .unjudged(let turnedDown) = verdict(of: adapter) else {
            return .refused("\(name) was unregistered; register it again to serve it")
        }
        return await engine.registerFound(
            name, at: found.path, overrideBase: false, FoundAdapter(turnedDown: turnedDown, moment: moment), by: actor)
    }

    /// What orders say of something in the root under a name that the deck does not serve. A registry that cannot be read
    /// lets nothing in.
    private func verdict(of adapter: NamedAdapter) -> StandingOrders.Verdict {
        do {
            let turnedDown = try registry.turnedDown(adapter.name)
            return StandingOrders(current: [], earlier: [], turnedDown: turnedDown, roots: roots).verdict(of: adapter)
        } catch {
            log.error("\(adapter.name) is not registered: \(error)")
            return .unregistered
        }
    }

    func claimsBaseName(_ name: String) -> Bool {
        claimed.contains(name) || unregisteredAdapter(named: name) != nil
    }

    func unregisteredAdapter(named name: String) -> UnregisteredAdapter? {
        guard let root, let found = AdapterFolder.find(name, in: root) else { return nil }
        let path = found.path.path
        guard let trace = roots.trace(path: path), case .unjudged = verdict(of: found) else { return nil }
        return UnregisteredAdapter(path: path, trace: trace, refusal: roots.refusal(path: path, trace))
    }
}

extension TenantDirectory {
    fileprivate init(_ records: AccessRecords, standing: RegistryStanding, path: String) {
        let trouble: RegistryTrouble? =
            standing == .another ? .replaced(RegistryError.replaced(path: path).description) : nil
        self.init(
            tenants: records.tenants, keys: records.keys, hasHadKeys: records.hasHadKeys, trouble: trouble)
    }
}
