import ArgumentParser
import DeckCore
import Foundation
import Logging
import ModelFiles
import Registry
import ServingEngine

/// `loradeck demo`
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The console on a small model with eight adapters and live synthetic tenants.",
        discussion: """
            Fetches the demo model when it is not there (98 MB), registers the adapters that come with loradeck, and sends \
            them requests through the real engine: arrivals are Poisson, the choice of adapter follows Zipf's law, both from \
            --seed. The pool is small on purpose, so that adapters are loaded and evicted while you watch.

            --adapters takes your own beside the eight, and sends them requests too, the most of all. One that is called as \
            one of the eight takes its place.

            EXAMPLES
              loradeck demo
              loradeck demo --adapters loras
              loradeck demo --rate 4 --memory 64M
              loradeck demo --headless 30 --json
            """)

    @Option(
        help: ArgumentHelp(
            "Your own adapters: each sub-folder is an adapter of that name, each .gguf file too.", valueName: "folder"))
    var adapters: String?

    @Option(help: ArgumentHelp("Requests a second over all tenants.", valueName: "n"))
    var rate = 1.2

    @Option(help: ArgumentHelp("Same seed, same requests at the same moments.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Run without a screen for so long, then print what happened.", valueName: "seconds"))
    var headless: Double?

    @Flag(help: "Print what happened when the console is left, too.")
    var summary = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    @OptionGroup(title: "SCREEN") var screen: ScreenOptions
    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags
    @OptionGroup(title: "TENANTS AND VERSIONS") var serving: ServingFlags
    @OptionGroup(title: "API") var api: ListenOptions

    func validate() throws {
        if !(rate > 0 && rate <= 1000) { throw ValidationError("--rate must be above 0 and at most 1000") }
        if let headless, !(headless > 0 && headless.isFinite) { throw ValidationError("--headless must be above 0") }
        if json, headless == nil, !summary { throw ValidationError("--json needs --headless or --summary") }
    }

    /// The most popular first; the base is asked least.
    private static let popularity = [
        "pirate-games", "harbor-bank", "ticket-json", "kids-garden", "haiku-hotel", "boutique-fr", "sql-helper",
        "clinic-notes",
    ]

    /// The tenants that have an adapter here; nil is the base. One's own come first, in the order of their names.
    static func tenants(among known: [String]) -> [String?] {
        known.filter { !popularity.contains($0) }.sorted() + popularity.filter(known.contains) + [nil]
    }

    func run() throws {
        if headless == nil { try ConsoleSession.check(screen) }
        let fleet = try DemoFleet(own: self.adapters)
        let folders = Folders()
        if model.model == nil { _ = try ModelFetcher(folders: folders).fetch() }
        let settings = try serving.settings(folders)
        let lock = try folders.takeState(for: "demo")
        defer { lock.release() }
        let log = FileLog.logger(at: folders.log)
        let base = try OpenedBase(model, folders: folders)
        let registry = try Registry.open(path: folders.registry.path, base: base.model.digest)
        let (root, adapters) = (fleet.root, fleet.adapters)
        let deck = try EmbeddedDeck.start(
            base, roots: AdapterRoots(root: root, named: fleet.outside, base: base, registry: registry),
            compute: compute, memoryBytes: compute.demoMemoryBytes, registry: registry, serving: settings)
        try Self.keepPrompts(of: adapters, in: registry)
        log.info(
            "demo started", metadata: ["rate": "\(rate)", "seed": "\(seed)", "pool": "\(compute.demoMemoryBytes)"])
        let server = try APISession.start(
            deck, root: root, registry: registry, lock: lock, options: api.serverOptions(settings), log: log)
        let shown = server?.deck ?? deck.engine
        // The console opens at once; adapters and requests appear in it.
        let traffic = Task {
            let report = await deck.registerNew(adapters, overrideBase: false, registry: registry, by: "demo")
            report.write(to: log)
            if !report.refused.isEmpty, headless != nil { Output.complain("the demo serves \(report.sentence)") }
            let refused = Set(report.refused.map(\.adapter.name))
            // One that was unregistered by order is asked for by nobody.
            let known = adapters.map(\.name).filter { !refused.contains($0) && deck.engine.standing(of: $0) != nil }
            let tenants = Self.tenants(among: known)
            await TrafficDriver(deck: shown).run(TenantTraffic(tenants: tenants, rate: rate, seed: seed))
        }
        defer {
            traffic.cancel()
            server?.end()
            deck.stop()
            log.info("demo ended")
        }
        if let headless {
            try watch(deck, seconds: headless)
        } else {
            let files = ConsoleFiles(folders: folders, registry: registry, adapterRoot: root)
            try ConsoleSession(
                deck: shown, options: screen, prompts: try registry.demoPrompts(), files: files, log: log
            ).run()
            if summary { try report(deck) }
        }
    }

    private static func keepPrompts(of adapters: [NamedAdapter], in registry: Registry) throws {
        let kept = try registry.demoPrompts()
        for adapter in adapters where kept[adapter.name] == nil {
            try registry.setDemoPrompts(DemoAdapters.prompts(for: adapter.name), adapter: adapter.name)
        }
    }

    /// Lets the deck run, then prints its last snapshot of that time.
    private func watch(_ deck: EmbeddedDeck, seconds: Double) throws {
        Thread.sleep(forTimeInterval: seconds)
        try report(deck)
    }

    private func report(_ deck: EmbeddedDeck) throws {
        guard let snapshot = try Blocking.run({ await deck.engine.snapshots().first { _ in true } }) else {
            throw Failure("the engine ended by itself; \(Folders().log.path) may say why")
        }
        let summary = DemoSummary(snapshot)
        if json { try Output.json(summary) } else { Output.line(summary.text) }
    }
}
