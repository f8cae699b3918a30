import DeckCore
import Foundation
import Registry
import TestSupport

/// Values to put into a registry.
enum Sample {
    static let base = digest(1)
    static let noon = Date(timeIntervalSince1970: 1_760_000_000)

    static func digest(_ byte: UInt8) -> Digest { Digest(bytes: [UInt8](repeating: byte, count: 32))! }

    static func version(_ name: String, _ content: UInt8, after seconds: Double = 0) -> AdapterVersion {
        AdapterVersion(
            name: name, digest: digest(content),
            facts: AdapterFacts(
                format: "peft", path: "/adapters/\(name)", declaredBase: "someone/some-model",
                verdict: .unverified(reason: "the base “some-model” is not known"), ranks: 4...16, alpha: 8,
                scales: 0.5...2, targets: ["q_proj", "v_proj"], moduleCount: 60, fileBytes: 921_600),
            registered: noon.addingTimeInterval(seconds))
    }

    @discardableResult
    static func record(_ message: String, in registry: Registry) throws -> Int64 {
        try registry.record(
            time: noon, kind: .load, level: .info, actor: "console", subject: "pirate-games", message: message,
            command: "load pirate-games")
    }
}

/// A folder that is gone when the test is.
final class Scratch {
    let folder: URL

    init() throws { folder = try Fixture.temporaryFolder() }
    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String = "state/deck.sqlite") -> String { folder.appendingPathComponent(name).path }
}
