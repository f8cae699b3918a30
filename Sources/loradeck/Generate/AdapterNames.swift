import Foundation

/// What `--adapter` and a batch line's `adapter` may say, and what they mean.
///
/// A name is one of the adapter root's, or of the demo adapters on the demo model. Anything else that exists on disk is an
/// adapter folder or file named directly, which is its own root.
struct AdapterNames: Sendable {
    /// What is known by name.
    let known: [NamedAdapter]
    private let byName: [String: NamedAdapter]

    init(known: [NamedAdapter]) {
        self.known = known
        byName = Dictionary(known.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The adapters of a root, or none without one.
    init(root: URL?) throws { self.init(known: try root.map(AdapterFolder.scan) ?? []) }

    /// The adapter that a text means. An adapter named by its path is registered under the path, so that it cannot be
    /// mistaken for a known one of that name.
    func find(_ text: String) throws(Failure) -> NamedAdapter {
        if let found = byName[text] { return found }
        let path = URL(fileURLWithPath: text)
        // A link that leads nowhere is there too, and its reader says so.
        if (try? FileManager.default.attributesOfItem(atPath: path.path)) != nil {
            let named = AdapterFolder.named(path)
            return byName[named.name] == nil ? named : NamedAdapter(name: text, path: path)
        }
        let names = known.map(\.name).joined(separator: ", ")
        throw Failure(
            "there is no adapter “\(text)”: "
                + (names.isEmpty
                    ? "no adapter is known by name here; give its folder, or the adapter root with --adapters"
                    : "known are \(names), and base; or give a folder"))
    }
}
