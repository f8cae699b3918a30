import ArgumentParser
import Console
import Foundation
import TerminalKit

/// What an engine that serves tenants is set to, as far as the command line says it; variables and the settings file say the
/// rest.
struct ServingFlags: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Let tenants begin on each other's cached prefixes; by counts and times they learn what others asked."))
    var sharePrefixes: Bool?

    @Option(
        help: ArgumentHelp(
            "Room for copies of adapters' versions, so that a name can go back to one; 0 keeps none. (default: 1G)",
            valueName: "bytes"))
    var versionsBudget: String?

    @Option(
        help: ArgumentHelp(
            "Seconds that running answers of the API get to end when it is told to; 0 ends them at once. (default: 30)",
            valueName: "seconds"))
    var drainSeconds: Int?

    func validate() throws {
        for (setting, value) in flags {
            if let complaint = setting.complaint(about: value, called: setting.flag) {
                throw ValidationError(complaint)
            }
        }
    }

    /// What the flags say.
    var flags: [Setting: Setting.Value] {
        var flags: [Setting: Setting.Value] = [:]
        flags[.sharePrefixes] = sharePrefixes.map { .truth($0) }
        flags[.versionsBudget] = versionsBudget.map { .text($0) }
        flags[.drainSeconds] = drainSeconds.map { .number($0) }
        return flags
    }

    /// What holds. Throws for a settings file or a variable with something wrong in it.
    func settings(
        _ folders: Folders, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ServingSettings {
        let settings = try Settings(
            document: UserSettings.document(folders), environment: environment, flags: flags)
        return ServingSettings(
            sharesPrefixes: settings.sharesPrefixes, versionsBudget: settings.versionsBudget,
            versionsFolder: folders.versions, drainSeconds: settings.drainSeconds)
    }
}

/// What an engine that serves tenants is set to.
struct ServingSettings: Sendable {
    /// Whether tenants begin on each other's cached prefixes.
    var sharesPrefixes = false
    /// Bytes of copies of adapters' versions.
    var versionsBudget = 0
    /// Where they are kept; nil keeps none and knows of none.
    var versionsFolder: URL?
    /// What running answers of the API get when it is told to end.
    var drainSeconds = 30
}
