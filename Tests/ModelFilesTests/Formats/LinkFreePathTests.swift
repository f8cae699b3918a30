import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Paths that were judged, and are opened when somebody has exchanged what stands on them.
@Suite struct LinkFreePathTests {
    private let folder: ScratchFolder
    private let root: URL
    private let outside: URL

    init() throws {
        folder = try ScratchFolder()
        root = folder.url.appendingPathComponent("root")
        outside = folder.url.appendingPathComponent("outside")
        for place in [root.appendingPathComponent("swap/deep"), outside.appendingPathComponent("deep")] {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try Data(place.path.utf8).write(to: place.appendingPathComponent("file"))
        }
    }

    private var file: String { root.appendingPathComponent("swap/deep/file").path }

    private func exchange(_ name: String, for target: URL) throws {
        let place = root.appendingPathComponent(name)
        try FileManager.default.moveItem(at: place, to: folder.url.appendingPathComponent(UUID().uuidString))
        try FileManager.default.createSymbolicLink(at: place, withDestinationURL: target)
    }

    @Test func opensWhatIsThere() throws {
        let descriptor = LinkFreePath.open(file, O_RDONLY)
        #expect(descriptor >= 0)
        close(descriptor)
        #expect(LinkFreePath.status(file).map { $0.st_mode & S_IFMT } == S_IFREG)
        #expect(LinkFreePath.status(root.path).map { $0.st_mode & S_IFMT } == S_IFDIR)
        #expect(try MappedFile(resolved: file).count == root.path.utf8.count + "/swap/deep".utf8.count)
    }

    @Test(arguments: ["relative/path", "", "/nowhere/at/all", "/etc/hosts\0x"]) func opensNothingElse(_ path: String) {
        #expect(LinkFreePath.open(path, O_RDONLY) == -1)
        #expect(LinkFreePath.status(path) == nil)
    }

    /// A folder on the way, the folder itself, the file itself.
    @Test(arguments: [("swap", ""), ("swap/deep", "deep"), ("swap/deep/file", "deep/file")])
    func aLinkThatWasPutThereIsNotFollowed(_ place: String, _ target: String) throws {
        let stamp = try FileStamp(path: file)
        try exchange(place, for: outside.appendingPathComponent(target))
        // Anybody else's way leads outside now.
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix(outside.path))
        #expect(LinkFreePath.open(file, O_RDONLY) == -1)
        #expect(throws: AdapterRefusal.self) { _ = try stamp.open() }
        #expect(throws: AdapterRefusal.self) { _ = try FileStamp(path: file) }
        #expect(throws: ModelFileError.self) { _ = try MappedFile(resolved: file) }
        #expect(FileKind(resolved: file) == nil)
    }

    @Test func theRefusalSaysThatItChanged() throws {
        let stamp = try FileStamp(path: file)
        try exchange("swap", for: outside)
        do {
            _ = try stamp.open()
            Issue.record("opened")
        } catch {
            #expect(error.reason.contains("changed on disk since it was looked at") && !error.isLasting)
        }
    }
}
