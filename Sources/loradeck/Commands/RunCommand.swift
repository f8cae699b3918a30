import ArgumentParser
import DeckCore
import Foundation
import Logging
import ModelFiles
import Registry
import ServingEngine

/// `loradeck run`, and `loradeck` alone.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "The console on any model and adapter folder.",
        discussion: """
            Adapters, pins and events are remembered in $XDG_STATE_HOME/loradeck/deck.sqlite, for each model by its digest. \
            Without --adapters, the demo adapters are there when the model is the demo model.

            EXAMPLES
              loradeck run --model base.gguf --adapters loras
              loradeck run --model ./Qwen3-0.6B --adapters loras --memory 2G --threads 8
              loradeck run --read-only --theme light
              loradeck run --listen 8000
            """)

    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ADAPTERS") var flags: AdapterFlags
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags
    @OptionGroup(title: "TENANTS AND VERSIONS") var serving: ServingFlags
    @OptionGroup(title: "SCREEN") var screen: ScreenOptions
    @OptionGroup(title: "API") var api: ListenOptions

    func run() throws {
        try ConsoleSession.check(screen)
        let folders = Folders()
        let settings = try serving.settings(folders)
        let lock = try folders.takeState(for: "run")
        defer { lock.release() }
        let log = FileLog.logger(at: folders.log)
        let base = try OpenedBase(model, folders: folders)
        if let problem = base.templateProblem, base.model.chatTemplateSource != nil { throw Failure(problem) }
        let root = try flags.root(isDemoModel: base.isDemo)
        let adapters = try root.map(AdapterFolder.scan) ?? []
        let registry = try Registry.open(path: folders.registry.path, base: base.model.digest)
        let deck = try EmbeddedDeck.start(
            base, roots: AdapterRoots(root: root, base: base, registry: registry), compute: compute,
            memoryBytes: compute.memoryBytes, registry: registry, serving: settings)
        log.info("run started", metadata: ["model": "\(base.model.displayName)", "pool": "\(compute.memoryBytes)"])
        // A large folder takes a while; the console opens at once and shows each adapter as it is registered.
        let registration = Task {
            let report = await deck.registerNew(
                adapters, overrideBase: flags.overrideBase, registry: registry, by: "run")
            report.write(to: log)
        }
        defer {
            registration.cancel()
            deck.stop()
            log.info("run ended")
        }
        let server = try APISession.start(
            deck, root: root, registry: registry, lock: lock, options: api.serverOptions(settings), log: log)
        defer { server?.end() }
        let files = ConsoleFiles(folders: folders, registry: registry, adapterRoot: root)
        try ConsoleSession(
            deck: server?.deck ?? deck.engine, options: screen, prompts: try registry.demoPrompts(), files: files,
            log: log
        ).run()
    }
}
