import DeckCore
import Foundation
import Logging
import ModelFiles
import Registry
import ServingAPI
import ServingEngine
import Synchronization

/// The embedded deck as the API serves it: with its tenants, and with what comes new into the adapter root.
final class ServedDeck: Serving {
    let deck: any Deck
    let model: ServedModel
    private let root: URL?
    private let roots: AdapterRoots
    /// Names of the base that the registry has an adapter under, which is not served for that.
    private let claimed: Set<String>
    private let engine: Engine
    private let book: TenantBook
    private let log: Logger
    private let current: Mutex<TenantDirectory>

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
        book = registry.tenantBook
        self.log = log
        let tenants = try book.tenants()
        current = Mutex(TenantDirectory(tenants: tenants, keys: try book.keys()))
        tell(tenants)
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

    var directory: TenantDirectory { current.withLock { $0 } }

    func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)? {
        tenant.tokensPerMinute.flatMap { engine.tokenDebt(of: tenant.name, perMinute: $0) }
    }

    /// Reads tenants and keys again every second, so that a key that another process added or revoked counts.
    func follow() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            do throws(RegistryError) {
                let tenants = try book.tenants()
                let directory = TenantDirectory(tenants: tenants, keys: try book.keys())
                let isNew = current.withLock { current in
                    defer { current = directory }
                    return current != directory
                }
                if isNew { tell(tenants) }
            } catch {
                log.error("tenants stay as they were: \(error)")
            }
        }
    }

    func claimsBaseName(_ name: String) -> Bool {
        claimed.contains(name) || unregisteredAdapter(named: name) != nil
    }

    func unregisteredAdapter(named name: String) -> UnregisteredAdapter? {
        guard let root, let found = AdapterFolder.find(name, in: root) else { return nil }
        let path = found.path.path
        guard let trace = roots.trace(path: path) else { return nil }
        return UnregisteredAdapter(path: path, trace: trace, refusal: roots.refusal(path: path, trace))
    }
}
