import ArgumentParser

/// `loradeck adapters`
struct AdaptersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapters",
        abstract: "List, inspect and verify adapters, without starting an engine.",
        subcommands: [AdaptersList.self, AdaptersInspect.self, AdaptersVerify.self])
}
