import DeckCore
import TerminalKit
import Testing

@testable import Console

/// The `:` line: what it understands, completes and says.
@Suite struct CommandLineTests {
    private static let fleet = ["east:8000", "west:8000"].map { name in
        ReplicaSnapshot(
            name: name, address: "http://\(name)", engine: .vllm, version: "0.9", state: .up, running: 1, waiting: 0,
            tokensPerSecond: 10, kvUsage: 0.2, timeToFirstToken: nil, interTokenLatency: nil, adapters: [], note: nil)
    }

    private func run(_ line: String, _ script: inout Script) -> [ConsoleEffect] {
        script.press(.character(":"))
        script.type(line)
        return script.press(.enter)
    }

    private func completed(_ line: String, _ script: Script) -> String? { Completion(line, state: script.state).text }

    @Test func oneReplicaCanBeMeant() {
        var script = Script(snapshot: SampleDeck.snapshot(replicas: Self.fleet))
        #expect(
            run("load kids-garden --replica east:8000", &script)
                == [.perform(.only(replica: "east:8000", .load(adapter: "kids-garden")))])
        #expect(run("evict pirate-games --abort --replica west:8000", &script) == [])
        #expect(script.shows("on west:8000 only"))
        let order = script.press(.character("y")).first?.command
        #expect(order?.commandLine == "evict pirate-games --abort --replica west:8000")
        #expect(run("load kids-garden --replica north", &script) == [])
        #expect(script.shows("replicas: east:8000, west:8000"))
        #expect(run("load kids-garden --replica", &script) == [])
        #expect(script.shows("usage: load"))
        var single = Script()
        #expect(run("load kids-garden --replica east", &single) == [])
        #expect(single.shows("this deck is one engine, not a fleet"))
    }

    @Test func everyOrderIsUnderstoodAsItIsWritten() {
        let shop = SampleDeck.adapter("shop", state: .registered, versions: SampleDeck.versions(1))
        for command in [
            DeckCommand.load(adapter: "shop"), .pin(adapter: "shop"), .unpin(adapter: "shop"),
            .register(name: "new", path: "/x/y", overrideBase: true), .verify(path: "/x/y"),
            .resizePool(bytes: 536_870_912), .forecastResize(bytes: 1024), .setAdmission(isOpen: true),
        ] {
            var script = Script(snapshot: SampleDeck.snapshot(adapters: [shop]))
            #expect(run(command.commandLine, &script) == [.perform(command)], "\(command)")
        }
        for command in [
            DeckCommand.unregister(adapter: "shop"), .rollback(adapter: "shop", to: SampleDeck.digest(201)),
            .setAdmission(isOpen: false), .abort(RequestID(803)),
        ] {
            var script = Script(snapshot: SampleDeck.snapshot(adapters: [shop]))
            #expect(run(command.commandLine, &script) == [], "\(command)")
            #expect(script.press(.character("y")) == [.perform(command)], "\(command)")
        }
    }

    @Test func mistakesSayWhatToDo() {
        var script = Script()
        for (line, answer) in [
            ("nonsense", "no such command: nonsense"), ("evct x", "perhaps evict"),
            ("load nobody", "for a path write ./nobody"),
            ("pin", "usage: pin NAME"), ("rollback pirate-games abc", "has no version abc"),
            ("go nowhere", "screens: adapters"),
            ("theme pink", "themes: dark, light, mono"), ("resize much", "usage: resize BYTES"),
            ("dump png", "usage: dump text | svg | csv"),
            ("abort 99999", "no live request"), ("temperature -1", "usage: temperature"), ("seed x", "usage: seed"),
        ] {
            #expect(run(line, &script) == [], "\(line)")
            #expect(script.shows(answer), "\(line)")
            #expect(script.state.flash?.level == .error || script.state.flash?.level == .warning, "\(line)")
        }
    }

    @Test func completesCommandsNamesPathsThemesAndReplicas() {
        let shop = SampleDeck.adapter("shop", versions: SampleDeck.versions(2))
        var script = Script(
            snapshot: SampleDeck.snapshot(adapters: [shop, SampleDeck.adapter("shed")], replicas: Self.fleet))
        #expect(completed("unr", script) == "unregister ")
        #expect(completed("pin s", script) == "pin sh")
        #expect(Completion("pin sh", state: script.state).candidates == ["shop", "shed"])
        #expect(completed("pin sho", script) == "pin shop")
        #expect(completed("theme m", script) == "theme mono")
        #expect(completed("go ev", script) == "go events")
        #expect(completed("dump s", script) == "dump svg")
        #expect(completed("evict shop --a", script) == "evict shop --abort")
        #expect(completed("evict shop --abort --r", script) == "evict shop --abort --replica")
        #expect(completed("evict shop --replica w", script) == "evict shop --replica west:8000")
        let digests = Completion("rollback shop ", state: script.state).candidates
        #expect(digests.prefix(2) == [SampleDeck.digest(201).short, SampleDeck.digest(202).short])
        #expect(Completion("abort ", state: script.state).candidates.contains("803"))
        script.press(.character(":"))
        script.type("verify ")
        script.send(.folder(LoadDialogTests.root))
        script.type("shop")
        script.press(.tab)
        #expect(script.state.entry?.field.text == "verify shops/")
        #expect(script.effects.contains(.listFolder("shops/")))
        script.send(.folder(LoadDialogTests.shops))
        #expect(script.shows("shops/harbor"))
    }

    @Test func historyIsKeptAndWalked() {
        var configuration = SampleDeck.configuration
        configuration.commandHistory = ["pin harbor-bank"]
        var script = Script(configuration: configuration)
        script.press(.character(":"), .up)
        #expect(script.state.entry?.field.text == "pin harbor-bank")
        script.press(.escape)
        _ = run("theme mono", &script)
        #expect(script.effects.contains(.saveCommands(["pin harbor-bank", "theme mono"])))
        script.press(.character(":"), .up, .up, .down)
        #expect(script.state.entry?.field.text == "theme mono")
        script.press(.down)
        #expect(script.state.entry?.field.text == "")
    }

    @Test func everyOrderIsSaidAsItsCommandLine() {
        var script = Script()
        script.select("kids-garden")
        script.press(.character("l"))
        #expect(script.shows(":load kids-garden"))
    }

    @Test func promptOptionsAndTheFreeze() {
        var script = Script()
        _ = run("max 7", &script)
        _ = run("temperature 0.5", &script)
        _ = run("seed 3", &script)
        #expect(script.state.desk.maxTokens == 7)
        #expect(script.state.desk.temperature == 0.5)
        #expect(script.state.desk.seed == 3)
        _ = run("seed", &script)
        #expect(script.state.desk.seed == nil)
        _ = run("freeze", &script)
        #expect(script.state.isPaused)
    }
}
