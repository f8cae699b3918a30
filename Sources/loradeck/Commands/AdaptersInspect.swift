import ArgumentParser
import DeckCore
import Foundation
import ModelFiles

/// `loradeck adapters inspect`
struct AdaptersInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "One adapter in full: configuration, digest, and each module's rank, scale and norm.",
        discussion: """
            Reads and verifies every weight. The norm is the Frobenius norm of scale·B·A: how much the module changes.

            EXAMPLES
              loradeck adapters inspect loras/support-de
              loradeck adapters inspect pirate-games --json | jq '.modules[0]'
            """)

    @Argument(
        help: ArgumentHelp("An adapter folder, a .gguf adapter, or the name of a demo adapter.", valueName: "path"))
    var path: String

    @Flag(help: "Accept a declared base that contradicts this one.")
    var overrideBase = false

    @Option(help: "Count pages as an engine of this precision does: fast or f32.")
    var precision: PrecisionChoice = .fast

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "MODEL") var model: ModelOptions

    private struct Report: Encodable {
        struct Module: Encodable {
            let module: String
            let rank: Int
            let input: Int
            let output: Int
            let scale: Float
            let norm: Double
        }

        let name: String
        let path: String
        let digest: String
        let facts: FactsReport
        let parameters: Int
        let modulesTotal: Int
        /// What it takes of the pool; nil where one of its rows is larger than a page.
        let size: AdapterSize?
        let notes: [String]
        let modules: [Module]

        init(name: String, _ inspection: AdapterInspection, size: AdapterSize?) {
            self.name = name
            path = inspection.facts.path
            digest = inspection.digest.hex
            facts = FactsReport(inspection.facts)
            parameters = inspection.parameterCount
            modulesTotal = inspection.modulesTotal
            self.size = size
            notes = inspection.notes
            modules = inspection.modules.map {
                Module(
                    module: $0.path, rank: $0.rank, input: $0.inputSize, output: $0.outputSize, scale: $0.scale,
                    norm: $0.norm)
            }
        }

        private enum CodingKeys: String, CodingKey {
            case name, path, digest, facts, parameters, size, notes, modules
            case modulesTotal = "modules_total"
        }
    }

    func run() throws {
        let base = try OpenedBase(model, folders: Folders())
        let demo = base.isDemo ? try DemoAdapters.folder() : nil
        let adapter = try AdapterNames(root: demo).find(path)
        let inspection = try base.reader(root: nil).inspect(path: adapter.path.path, overrideBase: overrideBase)
        let report = Report(
            name: adapter.name, inspection,
            size: AdapterSize(inspection.shapes, on: base, precision: precision.precision))
        if json { return try Output.json(report) }
        show(report)
    }

    private func size(_ size: AdapterSize?) -> String {
        guard let size else { return "one of its rows is larger than a page" }
        return "\(size.pageWords) of \(ByteCount(size.pageBytes)), \(size.overheadWords)"
    }

    private func show(_ report: Report) {
        let facts = report.facts
        let scale =
            facts.smallestScale == facts.largestScale
            ? "\(facts.smallestScale)" : "\(facts.smallestScale) to \(facts.largestScale)"
        for (label, value) in [
            ("name", report.name), ("path", report.path), ("digest", report.digest), ("format", facts.format),
            ("base", facts.declaredBase ?? "none declared"),
            ("verdict", facts.verdict + (facts.reason.map { ": \($0)" } ?? "")),
            ("rank", facts.rankText), ("alpha", "\(facts.alpha)"), ("scale", scale),
            ("targets", facts.targets.joined(separator: ", ")),
            ("modules", "\(facts.modules) of \(report.modulesTotal)"), ("values", "\(report.parameters)"),
            ("bytes", "\(facts.fileBytes)"), ("pool", size(report.size)),
        ] + report.notes.map({ ("note", $0) }) {
            Output.line(label.padding(toLength: 9, withPad: " ", startingAt: 0) + value)
        }
        Output.line()
        var table = TextTable([
            ("module", .left), ("rank", .right), ("input", .right), ("output", .right), ("scale", .right),
            ("norm", .right),
        ])
        for module in report.modules {
            table.add([
                module.module, "\(module.rank)", "\(module.input)", "\(module.output)",
                Fixed.text(Double(module.scale), digits: 4), Fixed.text(module.norm, digits: 4),
            ])
        }
        Output.line(table.text)
    }
}
