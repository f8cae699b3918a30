import Foundation

/// Files that tests read.
public enum Fixture {
    /// The repository's root.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .resolvingSymlinksInPath()
    /// The oracle's answers.
    public static let goldens = root.appendingPathComponent("Tests/Goldens")
    public static let demoAdapters = root.appendingPathComponent("Sources/loradeck/Resources/DemoAdapters")

    /// The demo model: `LORADECK_TEST_MODEL`, or where `loradeck fetch` puts it. `Tests/run` fetches it first.
    public static let model: URL = {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["LORADECK_TEST_MODEL"] { return URL(fileURLWithPath: path) }
        let cache =
            environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent(".cache")
        return cache.appendingPathComponent("loradeck/SmolLM2-135M-Instruct.Q4_1.gguf")
    }()

    /// Reads one JSON golden.
    public static func golden<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: goldens.appendingPathComponent(name)))
    }

    /// A fresh folder under the system's temporary one; the caller removes it, or the system does.
    public static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("loradeck-test-\(UUID().uuidString)").resolvingSymlinksInPath()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
