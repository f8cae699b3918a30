import Foundation

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

    var registry: URL { state.appendingPathComponent("deck.sqlite") }
    /// Copies of adapters' versions.
    var versions: URL { state.appendingPathComponent("versions") }
    var themes: URL { config.appendingPathComponent("themes") }
    var log: URL { state.appendingPathComponent("loradeck.log") }
}
