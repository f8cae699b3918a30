import DeckCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ModelFiles

/// What is done to a base model's files while they are mapped.
@Suite struct BaseWatchTests {
    private let folder: ScratchFolder
    private let file: URL

    init() throws {
        folder = try ScratchFolder()
        file = URL(fileURLWithPath: try folder.write(Data(repeating: 7, count: 10_000), as: "model.gguf"))
        try setModified(file, to: 1_000_000)
    }

    /// Work that the test runs itself.
    private final class Held: Sendable {
        let jobs = Mutex<[@Sendable () -> Void]>([])

        func run() {
            for job in jobs.withLock({ jobs in
                defer { jobs = [] }
                return jobs
            }) { job() }
        }
    }

    private func watch(_ held: Held = Held()) throws -> BaseWatch {
        let mapped = try MappedFile(path: file.path)
        return BaseWatch(
            path: file.path, files: [mapped], digest: ModelDigest.of(mapped), recompute: { ModelDigest.of(mapped) },
            background: { job in held.jobs.withLock { $0.append(job) } })
    }

    private func setModified(_ file: URL, to seconds: Int) throws {
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, file.path, times, 0) == 0)
    }

    private func overwrite(_ bytes: [UInt8]) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    @Test func anUntouchedFileStands() throws {
        let watch = try watch()
        _ = try Data(contentsOf: file)
        #expect(watch.fault() == nil)
    }

    @Test(arguments: [0, 1000, 9_999]) func aCutFile(_ size: Int) throws {
        let watch = try watch()
        #expect(truncate(file.path, size) == 0)
        #expect(watch.fault()?.contains("it had 10000 bytes, now \(size)") == true)
    }

    @Test func aGrownFile() throws {
        let watch = try watch()
        #expect(truncate(file.path, 20_000) == 0)
        #expect(watch.fault()?.contains("now 20000") == true)
    }

    @Test func aRewrittenFileStaysOneThoughItIsPutBack() throws {
        let watch = try watch()
        try overwrite([1, 2, 3])
        let fault = try #require(watch.fault())
        #expect(fault.contains("it was written to") && fault.contains(file.path))
        try overwrite([7, 7, 7])
        try setModified(file, to: 1_000_000)
        #expect(watch.fault() == fault)
    }

    /// The time of modification tells nothing here; the content does.
    @Test func aRewrittenFileWhoseTimeWasSetBack() throws {
        let held = Held()
        let watch = try watch(held)
        try overwrite([1, 2, 3])
        try setModified(file, to: 1_000_000)
        #expect(watch.fault() == nil)
        held.run()
        #expect(watch.fault()?.contains("its content is another") == true)
    }

    @Test func anotherModeOrNameIsNoHarm() throws {
        let held = Held()
        let watch = try watch(held)
        for change in 0..<3 {
            #expect(chmod(file.path, change % 2 == 0 ? 0o640 : 0o600) == 0)
            #expect(watch.fault() == nil)
            // Looked at again before the digest is known, nothing is begun twice.
            #expect(watch.fault() == nil)
            #expect(held.jobs.withLock { $0.count } == 1)
            held.run()
        }
        #expect(watch.fault() == nil && held.jobs.withLock { $0.isEmpty })
    }

    @Test func aFileRenamedOverItIsNoHarm() throws {
        let held = Held()
        let watch = try watch(held)
        let other = try folder.write(Data(repeating: 9, count: 50), as: "other")
        #expect(rename(other, file.path) == 0)
        #expect(watch.fault() == nil)
        held.run()
        #expect(watch.fault() == nil)
    }

    @Test func missingBytesAreAFaultThoughTheFileLooksRight() throws {
        let mapped = try MappedFile(path: file.path)
        let watch = BaseWatch(
            path: file.path, files: [mapped], digest: ModelDigest.of(mapped), recompute: { ModelDigest.of(mapped) },
            background: { _ in })
        #expect(truncate(file.path, 0) == 0)
        #expect(mapped.bytes[9_000] == 0)
        try overwrite([UInt8](repeating: 7, count: 10_000))
        try setModified(file, to: 1_000_000)
        #expect(watch.fault()?.contains("could not be read") == true)
    }

    @Test func everyFileOfAFolderIsWatched() throws {
        let configuration = try folder.write(TinyModel.json(TinyModel.config), as: "config.json")
        try folder.write(SafetensorsBuilder(TinyModel.safetensors()).build(), as: "model.safetensors")
        // One GGUF file beside it is none of the model's.
        let model = try BaseModel.open(path: folder.url.path)
        #expect(truncate(file.path, 0) == 0)
        #expect(model.watch.fault() == nil)
        try setModified(URL(fileURLWithPath: configuration), to: 1_000_000)
        #expect(model.watch.fault()?.contains(configuration) == true)
    }
}
