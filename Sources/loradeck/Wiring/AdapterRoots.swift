import DeckCore
import Foundation
import ModelFiles
import Registry

/// Opens adapters that stand in the adapter root, and those that were named on the command line, each of which is its own
/// root (invariant 9).
struct AdapterRoots: AdapterOpening {
    private let root: AdapterRoot?
    private let rootReader: AdapterReader
    /// Paths from the command line, as they are given to `open` and as they stand on the disk.
    private let named: Set<String>
    private let namedReader: AdapterReader

    /// Throws for a root that is no folder. `registry` is the one that a deck keeps.
    init(
        root: URL?, named: [NamedAdapter] = [], base: OpenedBase, registry: Registry? = nil
    ) throws(AdapterRefusal) {
        var resolved: AdapterRoot?
        if let root { resolved = try AdapterRoot(path: root.standardizedFileURL.path) }
        self.root = resolved
        rootReader = base.reader(root: resolved, registry: registry)
        self.named = Set(named.flatMap { [$0.path.path, $0.path.resolvingSymlinksInPath().path] })
        namedReader = base.reader(root: nil, registry: registry)
    }

    func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
        guard root != nil || named.contains(path) else {
            throw AdapterRefusal("\(path): there is no adapter root; start with --adapters FOLDER")
        }
        return try reader(of: path).open(path: path, overrideBase: overrideBase)
    }

    /// Whether `version` was registered from `adapter` and its files are in the states in which its weights were hashed
    /// then. Looks at the files' states only.
    func isUnchanged(_ adapter: NamedAdapter, since version: AdapterVersion) -> Bool {
        guard !version.files.isEmpty, let now = try? reader(of: adapter.path.path).look(path: adapter.path.path) else {
            return false
        }
        return now.path == version.facts.path && now.files == version.files
    }

    /// What stands at a path of the root now; nil outside it.
    func trace(path: String) -> AdapterTrace? { rootReader.trace(path: path) }

    /// Why the adapter at a path of the root was refused, if nothing changed since.
    func refusal(path: String, _ trace: AdapterTrace) -> String? { rootReader.refusal(path: path, trace) }

    /// What opens a path: of the root, or of the command line.
    func reader(of path: String) -> AdapterReader { named.contains(path) ? namedReader : rootReader }

    /// Whether a path, its symlinks followed, stands in the root or was named.
    func contains(_ path: String) -> Bool { named.contains(path) || (try? root?.resolve(path)) != nil }
}
