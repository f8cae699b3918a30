import ArgumentParser
import DeckCore
import Foundation
import Logging
import ModelFiles
import Registry
import ServingAPI

/// `loradeck serve`
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "The engine and its API without a console.",
        discussion: """
            Speaks the OpenAI API and vLLM's administration of adapters; `loradeck attach URL` shows it in a console. The \
            request's `model` names the adapter, or `base`. An adapter that comes new into the adapter root is registered \
            when a request names it. Without API keys (`loradeck keys add`) only this machine's users may reach it.

            SIGTERM or SIGINT ends it: it takes nothing new, lets running answers end for --drain-seconds, and exits; a second \
            one ends it at once. /health says whether it lives, /ready whether it takes requests.

            EXAMPLES
              loradeck serve
              loradeck serve --model base.gguf --adapters loras --memory 2G --listen 0.0.0.0:8000
              loradeck serve --listen unix:/run/loradeck.sock
              curl localhost:9931/v1/completions -H 'Content-Type: application/json' \\
                -d '{"model": "pirate-games", "prompt": "Where is my parcel?"}'
            """)

    @OptionGroup(title: "API") var api: ListenOptions
    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ADAPTERS") var flags: AdapterFlags
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags
    @OptionGroup(title: "TENANTS AND VERSIONS") var serving: ServingFlags

    func run() throws {
        let interruption = Interruption()
        let folders = Folders()
        let settings = try serving.settings(folders)
        let lock = try folders.takeState(for: "serve")
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
        defer { deck.stop() }
        let options = api.requiredOptions(settings)
        let session = try APISession(deck, root: root, registry: registry, lock: lock, options: options, log: log)
        let registration = Task {
            let report = await deck.registerNew(
                adapters, overrideBase: flags.overrideBase, registry: registry, by: "serve")
            report.write(to: log)
            return report
        }
        defer { registration.cancel() }
        log.info("serve started", metadata: ["model": "\(base.model.displayName)", "pool": "\(compute.memoryBytes)"])
        let scheme = options.certificate == nil ? "http" : "https"
        let name = base.model.displayName
        do {
            try Blocking.run(until: interruption, end: session.end) {
                try await session.run { address in
                    let place = if case .unix = address { "\(address)" } else { "\(scheme)://\(address)" }
                    // It answers from now on; what it serves is known when every new folder was read.
                    Task {
                        let report = await registration.value
                        if !registration.isCancelled { Output.line("\(name) and \(report.sentence) on \(place)") }
                    }
                }
            }
        } catch {
            guard interruption.hasHappened else { throw error }
        }
        log.info("serve ended")
    }
}
