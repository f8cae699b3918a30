import DeckCore
import Foundation

/// The states of everything on disk that decides what an adapter path comes to: the folder, its configuration and weights,
/// and in a Hugging Face cache what says which snapshot is the newest. Nothing is opened.
public struct AdapterTrace: Hashable, Sendable {
    /// Nil for what is not there.
    private let states: [FileState?]

    /// More GGUF files than this in one folder are no adapter anyway.
    private static let fileLimit = 16

    /// Nil for a path outside the root; without a root every path is inside.
    public init?(path: String, root: AdapterRoot?) {
        guard let place = try? root?.place(path) ?? path else { return nil }
        var paths = [place]
        var folder = place
        let resolved = try? AdapterRoot.realPath(place)
        if let repository = HubRepository(path: place) ?? resolved.flatMap(HubRepository.init(path:)) {
            paths += repository.traced
            folder = repository.newestSnapshot ?? place
            paths.append(folder)
        }
        let names = FolderEntries.names(of: folder)
        let files = [PEFTConfig.fileName, PEFTAdapter.weightsName].compactMap { FolderEntries.pick($0, from: names) }
        let others = names.filter { $0.lowercased().hasSuffix(".gguf") }.sorted().prefix(Self.fileLimit)
        paths += (files + others).map { folder + "/" + $0 }
        states = paths.map { FileState(following: $0) }
    }

    /// Whether a later write is sure to give another trace. `now` is in nanoseconds since 1970.
    func isSettled(at now: Int64) -> Bool { states.allSatisfy { $0?.isSettled(at: now) ?? true } }
}
