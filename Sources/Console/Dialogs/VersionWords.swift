import DeckCore
import TerminalKit

extension VersionSnapshot {
    /// Why no roll-back finds it; nil where one may.
    var goneReason: String? {
        if case .gone(let reason) = bytes { "gone: \(reason)" } else { nil }
    }
}

extension AdapterSnapshot {
    /// What becomes of the current version when another takes its place: whether the name can go back to it.
    /// Nil where the deck does not tell.
    var fateOfReplaced: StyledLine? {
        let what = digest.map { "replaces version \($0.short)" } ?? "replaces the version that is there"
        switch versions.first(where: \.isCurrent)?.bytes {
        case .kept: return StyledLine("\(what), which is kept; what runs finishes on it", Style(.warning))
        case .onlyInPlace(let reason), .gone(let reason):
            return StyledLine("\(what), WHICH WILL NOT BE KEPT (\(reason))", Style(.error))
        case nil: return nil
        }
    }
}
