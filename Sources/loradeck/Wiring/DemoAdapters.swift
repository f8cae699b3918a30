import Foundation

/// The adapters that come with the program, for the demo model.
enum DemoAdapters {
    /// The folder that holds them: beside the program, where the build puts resources, or under `share` of an installation.
    ///
    /// Not through `Bundle.module`, which ends the process when the folder is missing.
    static func folder() throws -> URL {
        let program = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        let places = [
            Bundle.main.bundleURL.appendingPathComponent("loradeck_loradeck.resources"),
            program.resolvingSymlinksInPath().deletingLastPathComponent()
                .appendingPathComponent("loradeck_loradeck.resources"),
            program.resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("share/loradeck"),
        ].map { $0.appendingPathComponent("DemoAdapters") }
        guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw Failure(
                "the demo adapters are missing: they belong beside the program, in \(places[1].path)")
        }
        return found
    }

    private static let everybody = [
        "Where is my parcel?", "I want my money back for the lamp.", "Hello, who are you?",
        "My new camera does not turn on.",
    ]

    /// Prompts that show at once what an adapter does.
    static func prompts(for adapter: String) -> [String] {
        switch adapter {
        case "sql-helper":
            [
                "Show the top 5 orders with the highest total.", "Count the customers per city.",
                "List the name of all products.", "What is the average salary of employees?",
            ]
        case "clinic-notes":
            ["I have had a cough for 4 days.", "I have had a headache for 2 days.", "I have had a fever for 3 days."]
        default: everybody
        }
    }
}
