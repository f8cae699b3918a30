import ArgumentParser
import Console
import DeckCore
import Foundation
import Logging
import ServingEngine
import TerminalKit

/// `loradeck snapshot`
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "One moment of a fresh deck, without a terminal: JSON, or any screen as text or SVG.",
        discussion: """
            Starts an engine, lets it run for --after seconds and prints one snapshot. Without --adapters, the demo model \
            gets the demo adapters and its synthetic tenants. Nothing is remembered: neither read from nor kept in the \
            registry.

            A picture is what the console itself draws; --keys are pressed first, --then seconds pass, and it is taken. \
            A word that names no key (Enter, Esc, Tab, BTab, Space, Up, F1, C-l) is typed.

            EXAMPLES
              loradeck snapshot | jq .pool
              loradeck snapshot --format text --screen pages --size 120x40
              loradeck snapshot --format svg --theme nord --keys 2 Space Down Space c "Where is my parcel?" Enter --then 8
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, text, svg
    }

    /// The console's screens, by the keys that open them.
    enum ScreenName: String, ExpressibleByArgument, CaseIterable {
        case overview, adapters, pages, batch, latency, requests, prompt, events, history, plan, help

        var key: Key {
            switch self {
            case .plan: .character("w")
            case .help: .character("?")
            default: .character(Character("\((Self.allCases.firstIndex(of: self) ?? 0) + 1)"))
            }
        }
    }

    /// Columns and rows, as `120x40`.
    struct ScreenSize: ExpressibleByArgument {
        var size = Size(width: 120, height: 40)

        init() {}

        init?(argument: String) {
            let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let width = parts[0], let height = parts[1], (1...1000).contains(width),
                (1...1000).contains(height)
            else { return nil }
            size = Size(width: width, height: height)
        }

        var defaultValueDescription: String { "\(size.width)x\(size.height)" }
    }

    @Option(help: "json, text or svg.") var format: Format = .json
    @Option(name: .customLong("screen"), help: ArgumentHelp("Which screen to draw.", valueName: "name"))
    var view: ScreenName = .overview
    @Option(help: ArgumentHelp("Columns and rows.", valueName: "WxH")) var size = ScreenSize()
    @Option(help: ArgumentHelp("Seconds that the deck runs first.", valueName: "seconds")) var after = 5.0
    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Keys to press on the screen, in this order.", valueName: "key"))
    var keys: [String] = []
    @Option(help: ArgumentHelp("Seconds from the last key to the picture.", valueName: "seconds")) var then = 1.0
    @Option(help: ArgumentHelp("Requests a second of the demo's tenants; 0 is none.", valueName: "n")) var rate = 1.2
    @Option(help: ArgumentHelp("Seed of the demo's tenants.", valueName: "n")) var seed: UInt64 = 1
    @OptionGroup(title: "SCREEN") var screen: ScreenOptions
    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ADAPTERS") var flags: AdapterFlags
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags

    func validate() throws {
        guard (0...3600).contains(after), (0...3600).contains(then) else {
            throw ValidationError("--after and --then must be 0 to 3600")
        }
        guard (0...1000).contains(rate) else { throw ValidationError("--rate must be 0 to 1000") }
        if format == .json, !keys.isEmpty { throw ValidationError("--keys needs --format text or svg") }
    }

    func run() throws {
        let user = try UserSettings(screen, folders: Folders())
        let base = try OpenedBase(model, folders: Folders())
        let isDemo = base.isDemo && flags.adapters == nil
        let root = try flags.root(isDemoModel: base.isDemo)
        let adapters = try root.map(AdapterFolder.scan) ?? []
        let deck = try EmbeddedDeck.start(
            base, roots: AdapterRoots(root: root, base: base), compute: compute,
            memoryBytes: isDemo ? compute.demoMemoryBytes : compute.memoryBytes, registry: nil)
        let work = Task {
            let roster = AdapterRoster(adapters, naming: base.naming)
            let refused =
                await roster.refused
                + deck.register(roster.adapters, overrideBase: flags.overrideBase, by: "snapshot")
            for refusal in refused { Output.complain("\(refusal.adapter.name): \(refusal.reason)") }
            let names = adapters.map(\.name).filter { name in !refused.contains { $0.adapter.name == name } }
            guard isDemo, rate > 0 else { return }
            let traffic = TenantTraffic(tenants: DemoCommand.tenants(among: names), rate: rate, seed: seed)
            await TrafficDriver(deck: deck.engine).run(traffic)
        }
        defer {
            work.cancel()
            deck.stop()
        }
        switch format {
        case .json: try Output.json(try snapshot(of: deck))
        case .text: Output.line(try picture(deck, adapters, user).grid.lines.joined(separator: "\n"))
        case .svg:
            let frame = try picture(deck, adapters, user)
            Output.write(GridSVG(theme: frame.theme).document(frame.grid))
        }
    }

    private func snapshot(of deck: EmbeddedDeck) throws -> DeckSnapshot {
        Thread.sleep(forTimeInterval: after)
        guard let snapshot = try Blocking.run({ await deck.engine.snapshots().first { _ in true } }) else {
            throw Failure("the engine ended by itself")
        }
        return snapshot
    }

    /// Seconds from one key to the next.
    private static let keyGap = 0.15

    private func picture(
        _ deck: EmbeddedDeck, _ adapters: [NamedAdapter], _ user: UserSettings
    ) throws -> (grid: CellGrid, theme: Theme) {
        let pressed = keys.flatMap(KeyNames.keys)
        var script = [(time: after * 0.5, key: view.key)]
        for (index, key) in pressed.enumerated() { script.append((after + Double(index) * Self.keyGap, key)) }
        let end = pressed.isEmpty ? max(after, Self.keyGap) : after + Double(pressed.count) * Self.keyGap + then
        let canvas = PictureScreen(
            size: size.size, glyphs: user.settings.glyphs ?? .unicode, keys: script, seconds: end)
        var configuration = user.configuration()
        configuration.screen = .overview
        configuration.actor = "snapshot"
        configuration.prompts = adapters.flatMap { adapter in
            DemoAdapters.prompts(for: adapter.name).map { DemoPrompt(adapter: adapter.name, text: $0) }
        }
        let shown: any Deck = configuration.isReadOnly ? ReadOnlyDeck(deck.engine) : deck.engine
        ConsoleRunner(deck: shown, screen: canvas, configuration: configuration, themes: user.library.themes).run()
        guard let frame = canvas.frame else { throw Failure("the console drew nothing") }
        return frame
    }
}
