import TerminalKit

/// What stands in a folder, for completing a path.
public struct FolderListing: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let name: String
        public let isFolder: Bool
        /// Whether it looks like an adapter: a folder with an adapter's configuration, or a GGUF file.
        public let isAdapter: Bool

        public init(name: String, isFolder: Bool, isAdapter: Bool) {
            self.name = name
            self.isFolder = isFolder
            self.isAdapter = isAdapter
        }
    }

    /// As it was asked for: ends in `/`, or is empty for the adapter root itself.
    public let folder: String
    /// By name.
    public let entries: [Entry]
    /// Why it could not be listed.
    public let problem: String?

    public init(folder: String, entries: [Entry], problem: String? = nil) {
        self.folder = folder
        self.entries = entries
        self.problem = problem
    }

    /// Without the names that a terminal cannot show as they are: those cannot be typed either.
    var cleaned: FolderListing {
        FolderListing(
            folder: folder, entries: entries.filter { Sanitiser.line($0.name, limit: 500) == $0.name },
            problem: problem.map { Sanitiser.line($0) })
    }

    /// The folder that a path being typed is in: everything up to its last slash.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// The paths that begin with what was typed; nothing when this is another folder.
    func candidates(_ path: String) -> [String] {
        guard Self.folder(of: path) == folder else { return [] }
        let typed = path.dropFirst(folder.count)
        return entries.filter { $0.name.hasPrefix(typed) && (!$0.name.hasPrefix(".") || typed.hasPrefix(".")) }
            .map { folder + $0.name + ($0.isFolder && !$0.isAdapter ? "/" : "") }
    }

    /// The longest certain continuation of a path; nil when nothing fits.
    func completed(_ path: String) -> String? { candidates(path).commonBeginning }
}

extension [String] {
    /// What all of them begin with; nil when there are none.
    var commonBeginning: String? {
        guard var common = first else { return nil }
        for text in dropFirst() { common = String(zip(common, text).prefix { $0 == $1 }.map(\.0)) }
        return common
    }
}
