import DeckCore
import Foundation

/// Which names an adapter may have beside a base: short, visible, and never one that asks for the base itself.
public struct AdapterNaming: Sendable {
    private static let limit = 200

    /// By how they compare.
    private let baseNames: [String: String]

    /// `baseNames` are those that the base answers to besides `base`.
    public init(baseNames: [String]) {
        self.baseNames = Dictionary((["base"] + baseNames).map { (Self.compared($0), $0) }) { first, _ in first }
    }

    /// Why nothing can be served under `name`; nil when it can.
    public func refusal(of name: String) -> String? {
        if name.isEmpty { return "an adapter needs a name" }
        if name.utf8.count > Self.limit {
            return "the name has \(name.utf8.count) bytes, at most \(Self.limit) are possible"
        }
        if let hidden = name.unicodeScalars.first(where: { !Self.isVisible($0) }) {
            return "the name has characters that cannot be shown (\(Self.escaped(hidden))); rename it"
        }
        if name.first?.isWhitespace != false || name.last?.isWhitespace != false {
            return "the name begins or ends with a space; rename it"
        }
        if let reason = Self.unreachable(name) { return "\(name) \(reason); rename it" }
        if let base = baseNames[Self.compared(name)] {
            return base == name
                ? "\(name) is the base's name, which requests for the base use; rename it"
                : "\(name) cannot be told from the base's name \(base); rename it"
        }
        return nil
    }

    /// Why nobody could give a name to a tenant, or find it as a folder of the adapter root; nil when both can be done.
    private static func unreachable(_ name: String) -> String? {
        if name.allSatisfy({ $0 == "." }) { return "is no name but a folder's place" }
        if name.hasPrefix(".") { return "begins with a dot, as hidden files do" }
        if name == "*" { return "means every adapter where a tenant's are listed" }
        if name.contains(",") { return "has a comma, which separates names where a tenant's are listed" }
        guard name.utf8.contains(UInt8(ascii: "/")) else {
            let isCache = name.hasPrefix(HubName.mark) || HubRepository.isOfOtherKind(name)
            return isCache ? "is what a Hugging Face cache calls its own folders" : nil
        }
        // A repository of the hub has an owner.
        if HubName.folder(of: name) != nil { return nil }
        return "has a slash, which only a repository's name has, once: owner/name"
    }

    /// What an adapter at `path` is called when nobody says: as its folder, or as its file without the ending.
    public static func name(ofPath path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        return last.lowercased().hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    }

    /// A name as messages show it, on one line.
    public static func shown(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { text, scalar in
            if isVisible(scalar) { text.unicodeScalars.append(scalar) } else { text += escaped(scalar) }
        }
    }

    /// What looks alike compares equal: letter case, compatible forms of characters.
    private static func compared(_ name: String) -> String {
        name.precomposedStringWithCompatibilityMapping.lowercased().trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
