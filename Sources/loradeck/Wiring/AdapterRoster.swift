import Foundation
import ModelFiles

/// An adapter that is not served, and why.
struct RefusedAdapter: Sendable {
    let adapter: NamedAdapter
    let reason: String
}

/// What stands in an adapter root, judged by its names alone: each name serves one adapter, and never the base's.
struct AdapterRoster: Sendable {
    /// In the order of the folder.
    let adapters: [NamedAdapter]
    /// Nothing of these was read.
    let refused: [RefusedAdapter]

    init(_ found: [NamedAdapter], naming: AdapterNaming) {
        var taken: [String: NamedAdapter] = [:]
        var adapters: [NamedAdapter] = []
        var refused: [RefusedAdapter] = []
        for adapter in found {
            if let reason = naming.refusal(of: adapter.name) {
                refused.append(RefusedAdapter(adapter: adapter, reason: reason))
            } else if let other = taken[adapter.name] {
                // A folder and its file without the ending, or one name in two forms of Unicode.
                let name = AdapterNaming.shown(other.path.lastPathComponent)
                refused.append(RefusedAdapter(adapter: adapter, reason: "\(name) has that name too; rename one"))
            } else {
                taken[adapter.name] = adapter
                adapters.append(adapter)
            }
        }
        self.adapters = adapters
        self.refused = refused
    }

    /// Why an adapter of the folder is refused for its name; nil for one that is not.
    func refusal(of adapter: NamedAdapter) -> String? { refused.first { $0.adapter == adapter }?.reason }
}
