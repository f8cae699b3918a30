import Foundation
import ModelFiles
import TestSupport
import Testing

/// A folder that goes away with the test.
final class ScratchFolder {
    let url: URL

    init() throws { url = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ data: Data, as name: String = "file.bin") throws -> String {
        let file = url.appendingPathComponent(name)
        try data.write(to: file)
        return file.path
    }
}

/// The reason that `body` fails with; a missing failure is recorded.
func refusal<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) -> String {
    do {
        _ = try body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
        return ""
    } catch let error as ModelFileError {
        return error.reason
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
        return ""
    }
}
