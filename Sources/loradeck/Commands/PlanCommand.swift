import ArgumentParser
import DeckCore
import Foundation
import Inference
import ModelFiles
import ServingEngine

/// `loradeck plan`
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What fits into a pool: adapters of a rank, sequences of a length, and the adapters of a folder.",
        discussion: """
            Reads the model's header only and starts nothing. Pages are counted as the engine fills them; beside them stands \
            what the sizes in bytes alone would promise, which is too much.

            EXAMPLES
              loradeck plan --memory 512M --rank 16 --tokens 2048
              loradeck plan --model base.gguf --memory 2G --adapters loras
              loradeck plan --memory 256M --targets q_proj,v_proj --json | jq .plan.adapters.free

            EXIT CODES
              0 done   1 failed   2 something that was asked about does not fit   64 wrong usage
            """)

    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags

    @Option(help: ArgumentHelp("Rank of the adapters that are asked about.", valueName: "n"))
    var rank: Int = 8

    @Option(
        help: ArgumentHelp(
            "The modules that they change, separated by commas, or `all`. (default: q_proj,k_proj,v_proj,o_proj)",
            valueName: "names"))
    var targets: String?

    @Option(help: ArgumentHelp("Length of a sequence, prompt and answer together.", valueName: "n"))
    var tokens: Int = 1024

    @Option(help: ArgumentHelp("KV tokens that one page holds.", valueName: "n"))
    var pageTokens: Int = EngineOptions(memoryBytes: 0).tokensPerPage

    @Option(help: ArgumentHelp("Also place every adapter of this folder.", valueName: "folder"))
    var adapters: String?

    @Flag(help: "Judge as if an adapter's declared base were accepted.")
    var overrideBase = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...65_536).contains(rank) else { throw ValidationError("--rank must be 1 to 65536") }
        guard (1...100_000_000).contains(tokens) else { throw ValidationError("--tokens must be at least 1") }
        guard (1...65_536).contains(pageTokens) else { throw ValidationError("--page-tokens must be 1 to 65536") }
    }

    func run() throws {
        let base = try OpenedBase(model, folders: Folders())
        let geometry = BaseGeometry(base.model.config, precision: compute.precision.precision)
        let pool = PlanPool(geometry: geometry, tokensPerPage: pageTokens, memoryBytes: compute.memoryBytes)
        let question = PlanQuestion(rank: rank, targets: try chosenTargets(geometry), tokens: tokens)
        let plan = CapacityPlan(question, pool: pool, geometry: geometry)
        let found = try adapters.map { try AdapterPlacements($0, base, pool, compute, overrideBase: overrideBase) }
        let report = PlanReport(model: base.model.displayName, geometry: geometry, plan: plan, adapters: found)
        if json {
            try Output.json(report, isSnakeCase: true)
        } else {
            report.show()
        }
        if let problem = plan.adapterProblem { Output.complain("an adapter of rank \(rank): \(problem)") }
        guard report.fits else { throw ExitCode.partly }
    }

    private func chosenTargets(_ geometry: BaseGeometry) throws -> Set<String> {
        let known = geometry.modules.map(\.kind)
        guard let targets else {
            return Set(
                known.filter { $0.hasPrefix("q_") || $0.hasPrefix("k_") || $0.hasPrefix("v_") || $0.hasPrefix("o_") })
        }
        if targets == "all" { return Set(known) }
        let chosen = targets.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if let stranger = chosen.first(where: { !known.contains($0) }) {
            throw ValidationError(
                "--targets: there is no module \(stranger); there are \(known.joined(separator: ", "))")
        }
        return Set(chosen)
    }
}

/// The adapters of a folder, each with the pages that it takes.
struct AdapterPlacements: Encodable {
    struct Row: Encodable {
        let name: String
        var rank: String?
        var pages: Int?
        var fileBytes: Int?
        var pagedBytes: Int?
        var overheadBytes: Int?
        /// Why it is not counted.
        var refused: String?
    }

    let rows: [Row]
    /// Of those that are counted.
    let pages: Int
    let fileBytes: Int
    /// Whether all of them fit at once.
    let fit: Bool

    init(_ root: String, _ base: OpenedBase, _ pool: PlanPool, _ compute: ComputeFlags, overrideBase: Bool) throws {
        let folder = URL(fileURLWithPath: root)
        let roots = try AdapterRoots(root: folder, base: base)
        let precision = compute.precision.precision
        let found = try AdapterFolder.scan(folder)
        let roster = AdapterRoster(found, naming: base.naming)
        rows = found.map { adapter in
            var row = Row(name: adapter.name)
            row.refused = roster.refusal(of: adapter)
            guard row.refused == nil else { return row }
            do throws(AdapterRefusal) {
                let content = try roots.open(path: adapter.path.path, overrideBase: overrideBase)
                row.rank = FactsReport(content.facts).rankText
                row.fileBytes = content.facts.fileBytes
                if let size = AdapterSize(content.shapes, precision: precision, pageBytes: pool.pageBytes) {
                    row.pages = size.pages
                    row.pagedBytes = size.bytes
                    row.overheadBytes = size.overheadBytes
                } else {
                    row.refused = "one of its rows is larger than a page of \(pool.pageBytes.counted("byte"))"
                }
            } catch {
                row.refused = error.reason
            }
            return row
        }
        pages = rows.reduce(0) { $0 + ($1.pages ?? 0) }
        fileBytes = rows.reduce(0) { $0 + ($1.refused == nil ? $1.fileBytes ?? 0 : 0) }
        fit = pages <= pool.pageCount && !rows.contains { $0.refused != nil }
    }
}
