import ArgumentParser
import DeckCore
import Foundation
import ModelFiles

/// `loradeck adapters verify`
struct AdaptersVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check whole adapters against a model, offline: would they be served?",
        discussion: """
            Reads everything: name, configuration, header, declared base, shapes, and every weight. Nothing is registered.

            EXAMPLES
              loradeck adapters verify loras/* --model base.gguf
              loradeck adapters verify pirate-games
              loradeck adapters verify new-adapter --json && cp -r new-adapter loras/

            EXIT CODES
              0 all would be served   1 at least one is refused   64 wrong usage
            """)

    @Argument(help: ArgumentHelp("Adapter folders, .gguf adapters, or names of demo adapters.", valueName: "folder"))
    var paths: [String]

    @Flag(help: "Accept a declared base that contradicts this one.")
    var overrideBase = false

    @Option(help: "Count pages as an engine of this precision does: fast or f32.")
    var precision: PrecisionChoice = .fast

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @OptionGroup(title: "MODEL") var model: ModelOptions

    private struct Report: Encodable {
        let path: String
        var digest: String?
        var facts: FactsReport?
        /// What it takes of the pool.
        var size: AdapterSize?
        var notes: [String]?
        /// Why it would not be served.
        var refused: String?
    }

    func run() throws {
        let base = try OpenedBase(model, folders: Folders())
        let demo = try AdapterNames(root: base.isDemo ? DemoAdapters.folder() : nil)
        var isRefused = false
        for path in paths {
            let report = verify(path, demo, base: base)
            isRefused = isRefused || report.refused != nil
            if json {
                try Output.json(report)
            } else if let facts = report.facts, let digest = report.digest {
                let path = AdapterNaming.shown(path)
                let doubt = (facts.reason ?? facts.declaredBase).map { " (\($0))" } ?? ""
                Output.line(
                    "ok       \(path): rank \(facts.rankText), \(facts.modules.counted("module"))\(size(report)), base \(facts.verdict)\(doubt), "
                        + digest.prefix(12))
                for note in report.notes ?? [] { Output.line("         \(note)") }
            } else {
                Output.line("refused  \(AdapterNaming.shown(path)): \(report.refused ?? "")")
            }
        }
        if isRefused { throw ExitCode.failure }
    }

    private func size(_ report: Report) -> String {
        report.size.map { ", \($0.pageWords) (\($0.overheadWords))" } ?? ", one of its rows is larger than a page"
    }

    private func verify(_ path: String, _ demo: AdapterNames, base: OpenedBase) -> Report {
        if let reason = AdapterNames.refusal(of: path) { return Report(path: path, refused: reason) }
        // What is there beats a name.
        let isThere = FileManager.default.fileExists(atPath: path)
        let named = AdapterFolder.named(URL(fileURLWithPath: path))
        let adapter = isThere ? named : (try? demo.find(path)) ?? named
        if let reason = base.naming.refusal(of: adapter.name) { return Report(path: path, refused: reason) }
        do throws(AdapterRefusal) {
            let inspection = try base.reader(root: nil).inspect(path: adapter.path.path, overrideBase: overrideBase)
            return Report(
                path: path, digest: inspection.digest.hex, facts: FactsReport(inspection.facts),
                size: AdapterSize(inspection.shapes, on: base, precision: precision.precision),
                notes: inspection.notes)
        } catch {
            return Report(path: path, refused: error.reason)
        }
    }
}
