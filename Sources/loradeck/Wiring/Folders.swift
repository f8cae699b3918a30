import Foundation

/// Where loradeck keeps things, by the XDG base directory specification.
struct Folders: Sendable {
    /// Models.
    let cache: URL
    /// The registry and the log.
    let state: URL

    /// A relative or empty variable is ignored, as the specification says.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let home = URL(fileURLWithPath: environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory())
        func folder(_ variable: String, default fallback: String) -> URL {
            let base = environment[variable].flatMap { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : nil }
            return (base ?? home.appendingPathComponent(fallback)).appendingPathComponent("loradeck")
        }
        cache = folder("XDG_CACHE_HOME", default: ".cache")
        state = folder("XDG_STATE_HOME", default: ".local/state")
    }

    var registry: URL { state.appendingPathComponent("deck.sqlite") }
    var log: URL { state.appendingPathComponent("loradeck.log") }
}
