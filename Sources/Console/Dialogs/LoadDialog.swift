import DeckCore
import TerminalKit

/// Bringing an adapter in from a path: the path with completion, a dry run, then registration and load, then the proof.
///
/// Nothing is registered before the dry run said what the path holds.
public struct LoadDialog: Hashable, Sendable {
    public enum Phase: Hashable, Sendable {
        /// The path is being typed.
        case typing
        /// The dry run is on its way.
        case checking
        /// What the dry run found, or why there is none.
        case checked(String)
        /// Registration, then the load, are on their way.
        case registering, loading
        /// It was refused; nothing was changed by that step.
        case refused(String)
        /// What the load said; the proof stands in the snapshot.
        case loaded(String)
    }

    public enum Focus: Hashable, Sendable {
        case path, name, cancel, register, load
    }

    public var path: TextField
    public var name: TextField
    /// Whether the name was typed; until then it follows the path.
    public var isNameTyped = false
    public var phase = Phase.typing
    public var focus = Focus.path
    /// The candidate that the arrow keys chose; nil while none is.
    public var candidate: Int?
    /// The order whose outcome it waits for.
    var awaited: DeckCommand?
    /// Whether a load follows the registration.
    var loads = true

    init(path: String = "") {
        self.path = TextField(path, limit: 1_000)
        self.name = TextField(Self.name(for: path), limit: 200)
    }

    /// The places that Tab goes through in this phase.
    var places: [Focus] {
        switch phase {
        case .typing, .checking: [.path]
        case .refused: [.path, .cancel]
        case .checked: [.cancel, .register, .load, .path, .name]
        case .registering, .loading, .loaded: [.cancel]
        }
    }

    var isBusy: Bool { awaited != nil }

    mutating func turn(_ direction: Int) {
        let places = places
        let index = places.firstIndex(of: focus) ?? 0
        focus = places[(index + direction + places.count) % places.count]
    }

    /// The path changed: what was found for the old one no longer holds.
    mutating func pathChanged() {
        phase = .typing
        focus = .path
        candidate = nil
        if !isNameTyped { name.replace(with: Self.name(for: path.text)) }
    }

    /// An adapter is called as its folder, as its file without the suffix, or as its repository on the hub.
    static func name(for path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        if let name = HubName.name(ofFolder: last) { return name }
        return last.lowercased().hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    }

    /// Whether a word of the command line is a path, not a name.
    static func isPath(_ word: String) -> Bool {
        word.contains("/") || word == "." || word == ".." || word.hasPrefix("~") || word.hasSuffix(".gguf")
    }
}
