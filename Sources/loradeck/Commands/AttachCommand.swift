import ArgumentParser
import DeckCore
import Foundation
import HTTPClient
import Logging
import RemoteEngines

/// `loradeck attach`
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "The console on engines that run elsewhere: vLLM, SGLang, llama.cpp's server, another loradeck.",
        discussion: """
            Finds out by itself what answers. Several addresses are one fleet: figures are summed, percentiles taken over the \
            values of all, commands go to all of them or, with --replica, to one. Without an address the usual ports of this \
            machine are tried.

            An address is http://host[:port] or unix:/path. There is no TLS: the key and the prompts go as they are. To a \
            machine elsewhere, open a tunnel:
              ssh -N -L /tmp/deck.sock:/run/loradeck.sock HOST &  loradeck attach unix:/tmp/deck.sock

            EXAMPLES
              loradeck attach
              loradeck attach http://127.0.0.1:8000 http://127.0.0.1:8001
              loradeck attach localhost:8080 --read-only
              loradeck attach localhost:8000 --json
            """)

    @Argument(help: ArgumentHelp("Where engines answer.", valueName: "url"))
    var urls: [String] = []

    @Option(
        help: ArgumentHelp(
            "Sent to every one of them as a bearer token. Others can see it in the list of processes: LORADECK_KEY "
                + "says the same unseen.", valueName: "key"))
    var key: String?

    @Flag(help: "Print one snapshot as JSON, measured over two looks, instead of opening the console.")
    var json = false

    @OptionGroup(title: "SCREEN") var screen: ScreenOptions

    func validate() throws {
        for url in urls where Self.address(url) == nil {
            throw ValidationError(
                url.hasPrefix("https:")
                    ? "\(url): there is no TLS here; open an SSH tunnel and attach to its end"
                    : "\(url) is no address: give http://host[:port] or unix:/path")
        }
        if let key, !Self.isHeaderSafe(key) { throw ValidationError("--key holds a character that no key has") }
    }

    /// What people type: with or without `http://`.
    static func address(_ text: String) -> HTTPAddress? {
        HTTPAddress(text) ?? (text.contains("://") ? nil : HTTPAddress("http://\(text)"))
    }

    private static func isHeaderSafe(_ key: String) -> Bool { key.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    private var secret: String? {
        get throws {
            let found = key ?? ProcessInfo.processInfo.environment["LORADECK_KEY"].flatMap { $0.isEmpty ? nil : $0 }
            if let found, !Self.isHeaderSafe(found) { throw Failure("LORADECK_KEY holds a character that no key has") }
            return found
        }
    }

    func run() throws {
        if !json { try ConsoleSession.check(screen) }
        let folders = Folders()
        let log = FileLog.logger(at: folders.log)
        let key = try secret
        let deck = try reached(key: key, log: log)
        defer { deck.stop() }
        log.info("attached", metadata: ["to": "\(urls.joined(separator: " "))"])
        if json {
            try Output.json(try Blocking.run { try await Self.measured(deck) })
        } else {
            let files = ConsoleFiles(folders: folders, registry: nil, adapterRoot: nil)
            try ConsoleSession(deck: deck, options: screen, prompts: [:], files: files, log: log).run()
        }
    }

    /// The deck, when there is something to show. Signals are the console's again when this returns.
    private func reached(key: String?, log: Logger) throws -> any AttachedDeck {
        let wait = AttachWait(isSilent: json)
        defer { wait.end() }
        return try Blocking.run(until: wait.isOver) { try await open(key: key, log: log) }
    }

    private func open(key: String?, log: Logger) async throws -> any AttachedDeck {
        var addresses = urls.compactMap(Self.address)
        if addresses.isEmpty {
            addresses = await LoopbackDiscovery.find()
            guard !addresses.isEmpty else {
                let ports = LoopbackDiscovery.ports.map { "\($0)" }.joined(separator: ", ")
                throw Failure("no engine answers on this machine's ports \(ports): give its address")
            }
        }
        let deck = await Attachment.open(addresses, key: key) { event in
            let level: Logger.Level = event.level == .error ? .error : event.level == .warning ? .warning : .info
            log.log(level: level, "\(event.message)", metadata: ["actor": "\(event.actor)"])
        }
        let reasons = await deck.start()
        guard reasons.isEmpty else {
            deck.stop()
            throw Failure(
                reasons.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; "))
        }
        return deck
    }

    /// A snapshot whose rates were measured: not the first one, unless no better comes.
    private static func measured(_ deck: any AttachedDeck) async throws -> DeckSnapshot {
        var best: DeckSnapshot?
        let deadline = ContinuousClock.now + .seconds(10)
        for await snapshot in deck.snapshots() {
            best = snapshot
            let isEarly = snapshot.unknown[.rates] == FleetDeck.firstLook
            if (!isEarly && snapshot.index > 1) || ContinuousClock.now > deadline { break }
        }
        guard let best else { throw Failure("the deck shows no snapshot") }
        return best
    }
}
