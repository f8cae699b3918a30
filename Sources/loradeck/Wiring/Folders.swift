import Foundation
import Registry

/// Where loradeck keeps things, by the XDG base directory specification.
struct Folders: Sendable {
    /// Models.
    let cache: URL
    /// The registry, the log, and copies of adapters' versions.
    let state: URL
    /// Settings and themes.
    let config: URL
    /// The settings file, and whether a variable named it.
    let settings: URL
    let namesSettings: Bool

    /// A relative or empty variable is ignored, as the specification says.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let home = URL(fileURLWithPath: environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory())
        func folder(_ variable: String, default fallback: String) -> URL {
            let base = environment[variable].flatMap { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : nil }
            return (base ?? home.appendingPathComponent(fallback)).appendingPathComponent("loradeck")
        }
        cache = folder("XDG_CACHE_HOME", default: ".cache")
        state = folder("XDG_STATE_HOME", default: ".local/state")
        config = folder("XDG_CONFIG_HOME", default: ".config")
        let named = environment["LORADECK_CONFIG"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) }
        settings = named ?? config.appendingPathComponent("config.toml")
        namesSettings = named != nil
    }

    /// Keeps every other deck from this state while the caller has what it returns. For commands that serve what the
    /// registry holds and write what they serve: `serve`, `run` and `demo`. The others look, or change tenants and keys,
    /// beside a deck that runs.
    func takeState(for command: String) throws(RegistryError) -> StateLock {
        try StateLock.take(state.path, for: command)
    }

    var registry: URL { state.appendingPathComponent("deck.sqlite") }
    /// Copies of adapters' versions.
    var versions: URL { state.appendingPathComponent("versions") }
    var themes: URL { config.appendingPathComponent("themes") }
    var log: URL { state.appendingPathComponent("loradeck.log") }
}
