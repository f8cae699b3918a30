import Foundation

/// What `--adapter` and a batch line's `adapter` may say, and what they mean.
///
/// A name is one of the adapter root's, or of the demo adapters on the demo model. Anything else that exists on disk is an
/// adapter folder or file named directly, which is its own root.
struct AdapterNames: Sendable {
    /// What is known by name.
    let known: [NamedAdapter]
    let byName: [String: NamedAdapter]

    init(known: [NamedAdapter]) {
        self.known = known
        byName = Dictionary(known.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The adapters of a root, or none without one.
    init(root: URL?) throws { self.init(known: try root.map(AdapterFolder.scan) ?? []) }

    /// Why a text names nothing, wherever it is looked for: an empty path would be the current folder's.
    static func refusal(of text: String) -> String? {
        text.allSatisfy(\.isWhitespace)
            ? "the adapter is blank: give a name, a folder, or base; null, or leaving it out, means the base" : nil
    }

    /// The adapter that a text means. Another one that is known may have the name of one that is given by its path.
    func find(_ text: String) throws(Failure) -> NamedAdapter {
        if let reason = Self.refusal(of: text) { throw Failure(reason) }
        if let found = byName[text] { return found }
        let path = URL(fileURLWithPath: text)
        // A link that leads nowhere is there too, and its reader says so.
        if (try? FileManager.default.attributesOfItem(atPath: path.path)) != nil {
            return AdapterFolder.named(path)
        }
        let names = known.map(\.name).joined(separator: ", ")
        throw Failure(
            "there is no adapter “\(text)”: "
                + (names.isEmpty
                    ? "no adapter is known by name here; give its folder, or the adapter root with --adapters"
                    : "known are \(names), and base; or give a folder"))
    }
}
