import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Files that are cut short while they are mapped.
@Suite struct MappedFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func file(pages: Int, _ name: String = "file.bin") throws -> String {
        try folder.write(Data(repeating: 7, count: pages * Int(getpagesize())), as: name)
    }

    @Test func whatIsMissingReadsAsZeros() throws {
        let path = try file(pages: 3)
        let mapped = try MappedFile(path: path)
        #expect(mapped.bytes.allSatisfy { $0 == 7 } && !mapped.isTorn)
        #expect(truncate(path, 10) == 0)
        // The rest of a page that its file has a part of is zeros by itself.
        #expect(mapped.bytes[5] == 7 && mapped.bytes[50] == 0 && !mapped.isTorn)
        #expect(mapped.bytes[mapped.count - 1] == 0 && mapped.isTorn)
        #expect(mapped.bytes[Int(getpagesize())...].allSatisfy { $0 == 0 })
    }

    @Test func onlyTheFileThatIsCutIsTorn() throws {
        let paths = try (0..<6).map { try file(pages: 2, "\($0)") }
        var mapped = try paths.map(MappedFile.init(path:))
        mapped.remove(at: 1)
        let later = try MappedFile(path: paths[1])
        #expect(truncate(paths[3], 0) == 0)
        for file in mapped + [later] {
            let sum = file.bytes.reduce(0) { $0 + Int($1) }
            #expect(file.isTorn == (file.path == paths[3]))
            #expect((sum == 0) == file.isTorn)
        }
        // A place that was forgotten is not torn for the next one.
        mapped = []
        #expect(try !MappedFile(path: paths[0]).isTorn)
    }

    @Test func threadsMeetTheSameHole() async throws {
        let path = try file(pages: 64)
        let mapped = try MappedFile(path: path)
        #expect(truncate(path, 0) == 0)
        await withTaskGroup(of: Int.self) { group in
            for part in 0..<8 {
                group.addTask { stride(from: part, to: mapped.count, by: 8).reduce(0) { $0 + Int(mapped.bytes[$1]) } }
            }
            for await sum in group { #expect(sum == 0) }
        }
        #expect(mapped.isTorn)
    }

    @Test func faultsElsewhereAreNotHidden() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            // What reports crashes would take its time.
            signal(SIGBUS, SIG_DFL)
            MappedFile.surviveCutFiles()
            let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
            unlink(path)
            ftruncate(descriptor, 4096)
            let base = mmap(nil, 4096, PROT_READ, MAP_PRIVATE, descriptor, 0)
            ftruncate(descriptor, 0)
            print(base!.load(as: UInt8.self))
        }
    }
}
