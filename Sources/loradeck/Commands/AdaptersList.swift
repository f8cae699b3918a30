import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import Registry

/// `loradeck adapters list`
struct AdaptersList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "What stands in an adapter root, or in the registry: name, rank, targets, bytes, verdict.",
        discussion: """
            With --adapters, names and headers in that folder are checked against the model; weights are read only where \
            the declared base cannot be told and an adapter of that size was verified before. Without it, the adapters that \
            the registry remembers for the model are listed.

            EXAMPLES
              loradeck adapters list --adapters loras --model base.gguf
              loradeck adapters list --json | jq -r '.[].name'
            """)

    @Option(help: ArgumentHelp("The adapter root. (default: the registry)", valueName: "folder"))
    var adapters: String?

    @Flag(help: "Judge as if an adapter's declared base were accepted.")
    var overrideBase = false

    @Flag(help: "Print a JSON array.")
    var json = false

    @OptionGroup(title: "MODEL") var model: ModelOptions

    private struct Row: Encodable {
        let name: String
        let path: String
        var digest: String?
        var pinned: Bool?
        var facts: FactsReport?
        /// Why it is refused.
        var refused: String?
    }

    func run() throws {
        let folders = Folders()
        let base = try OpenedBase(model, folders: folders)
        let rows = try adapters.map { try found(in: $0, base: base) } ?? registered(folders, base: base)
        if json { return try Output.json(rows) }
        guard !rows.isEmpty else {
            return Output.line(
                adapters == nil
                    ? "no adapter is registered for \(base.model.displayName)"
                    : "there is no adapter in \(adapters ?? "")")
        }
        var table = TextTable([
            ("name", .left), ("rank", .right), ("targets", .left), ("modules", .right), ("bytes", .right),
            ("verdict", .left),
        ])
        for row in rows {
            guard let facts = row.facts else {
                table.add([AdapterNaming.shown(row.name), "-", "-", "-", "-", "refused: \(row.refused ?? "")"])
                continue
            }
            table.add([
                row.name, facts.rankText, facts.targets.joined(separator: ","), "\(facts.modules)",
                "\(facts.fileBytes)",
                facts.verdict + (row.pinned == true ? ", pinned" : ""),
            ])
        }
        Output.line(table.text)
    }

    private func found(in root: String, base: OpenedBase) throws -> [Row] {
        let folder = URL(fileURLWithPath: root)
        let roots = try AdapterRoots(root: folder, base: base)
        let found = try AdapterFolder.scan(folder)
        let roster = AdapterRoster(found, naming: base.naming)
        return found.map { adapter in
            var row = Row(name: adapter.name, path: adapter.path.path)
            row.refused = roster.refusal(of: adapter)
            guard row.refused == nil else { return row }
            do throws(AdapterRefusal) {
                let content = try roots.open(path: adapter.path.path, overrideBase: overrideBase)
                row.facts = FactsReport(content.facts)
            } catch {
                row.refused = error.reason
            }
            return row
        }
    }

    private func registered(_ folders: Folders, base: OpenedBase) throws -> [Row] {
        // Looking is no reason to make one.
        guard FileManager.default.fileExists(atPath: folders.registry.path) else { return [] }
        let registry = try Registry.open(path: folders.registry.path, base: base.model.digest)
        let pinned = try registry.pinned()
        return try registry.versions().map { version in
            Row(
                name: version.name, path: version.facts.path, digest: version.digest.hex,
                pinned: pinned.contains(version.name), facts: FactsReport(version.facts))
        }
    }
}
