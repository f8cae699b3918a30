/// The folders that were listed while paths are typed. Each is asked for once a dialog or command line.
public struct PathBook: Hashable, Sendable {
    private var asked: Set<String> = []
    private var listings: [String: FolderListing] = [:]

    public init() {}

    subscript(folder: String) -> FolderListing? { listings[folder] }

    /// Forgets what was asked for: files come and go.
    mutating func begin() { asked = [] }

    /// The listing that a path needs and nobody asked for so far.
    mutating func need(for path: String) -> [ConsoleEffect] {
        let folder = FolderListing.folder(of: path)
        return asked.insert(folder).inserted ? [.listFolder(folder)] : []
    }

    mutating func take(_ listing: FolderListing) { listings[listing.folder] = listing.cleaned }

    /// The paths that begin with what was typed.
    func candidates(_ path: String) -> [String] {
        listings[FolderListing.folder(of: path)]?.candidates(path) ?? []
    }
}
