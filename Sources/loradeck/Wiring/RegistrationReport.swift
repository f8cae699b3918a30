import Logging
import ModelFiles

/// What registering the adapters of a root came to.
struct RegistrationReport: Sendable {
    /// Adapters that requests can name now.
    let served: Int
    let refused: [RefusedAdapter]

    private static let shownLimit = 8
    private static let reasonLimit = 160

    /// Such as `9 adapters (2 refused: bad1: peft_type is missing; nan1: …)`.
    var sentence: String {
        let count = served == 1 ? "1 adapter" : "\(served) adapters"
        guard !refused.isEmpty else { return count }
        let shown = refused.prefix(Self.shownLimit).map { refusal in
            let name = AdapterNaming.shown(refusal.adapter.name)
            return "\(name): \(Self.short(refusal.reason, of: name))"
        }
        let more = refused.count - shown.count
        return "\(count) (\(refused.count) refused: \(shown.joined(separator: "; "))"
            + (more > 0 ? "; and \(more) more)" : ")")
    }

    func write(to log: Logger) {
        for refusal in refused { log.warning("\(AdapterNaming.shown(refusal.adapter.name)): \(refusal.reason)") }
    }

    /// Without what the sentence says anyway, on one line.
    private static func short(_ reason: String, of name: String) -> String {
        var line = AdapterNaming.shown(reason)
        for start in ["\(name) is not registered: ", "adapter_config.json: "] where line.hasPrefix(start) {
            line.removeFirst(start.count)
        }
        return line.count > reasonLimit ? line.prefix(reasonLimit - 1) + "…" : line
    }
}
