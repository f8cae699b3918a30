import Console
import Foundation
import TestSupport
import Testing

@testable import loradeck

/// What the console keeps and finds in files.
@Suite struct ConsoleFilesTests {
    private func files(root: URL? = Fixture.demoAdapters) throws -> (ConsoleFiles, URL) {
        let state = try Fixture.temporaryFolder()
        let folders = Folders(environment: ["XDG_STATE_HOME": state.path, "HOME": state.path])
        try FileManager.default.createDirectory(at: folders.state, withIntermediateDirectories: true)
        return (ConsoleFiles(folders: folders, registry: nil, adapterRoot: root), folders.state)
    }

    @Test func dumpsGetNamesOfTheirOwnAndOverwriteNothing() throws {
        let (files, state) = try files()
        let write = try #require(files.services.writeDump)
        let first = try write("one", "overview", "txt", nil)
        let second = try write("two", "overview", "txt", nil)
        #expect(first.hasPrefix(state.path + "/dumps/overview-"))
        #expect(first != second)
        #expect(try String(contentsOfFile: first, encoding: .utf8) == "one")
        let named = state.appendingPathComponent("mine.csv").path
        #expect(try write("a,b", "overview", "csv", named) == named)
        #expect(throws: Failure.self) { try write("x", "overview", "csv", named) }
        #expect(try String(contentsOfFile: named, encoding: .utf8) == "a,b")
    }

    @Test func themesLieBesideTheSettings() {
        #expect(Folders(environment: ["XDG_CONFIG_HOME": "/x"]).themes.path == "/x/loradeck/themes")
        #expect(
            Folders(environment: ["XDG_CONFIG_HOME": "x", "HOME": "/h"]).themes.path == "/h/.config/loradeck/themes")
    }

    @Test func foldersAreListedInsideTheAdapterRootOnly() throws {
        let (files, _) = try files()
        let list = try #require(files.services.listFolder)
        let root = list("")
        #expect(root.problem == nil)
        #expect(root.entries.contains { $0.name == "pirate-games" && $0.isFolder && $0.isAdapter })
        #expect(list(Fixture.demoAdapters.path + "/").entries == root.entries)
        // On the way down there is the way down; beside it there is nothing.
        let parent = Fixture.demoAdapters.deletingLastPathComponent().path + "/"
        #expect(list(parent).entries.map(\.name) == [Fixture.demoAdapters.lastPathComponent])
        #expect(list("../../").entries.count <= 1)
        let outside = list("/etc/")
        #expect(outside.entries.isEmpty)
        #expect(outside.problem?.contains("outside the adapter root") == true)
    }

    @Test func commandsAreKept() throws {
        let (files, _) = try files()
        #expect(files.commands() == [])
        let save = try #require(files.services.saveCommands)
        save(["pin a", "evict b --abort"])
        #expect(files.commands() == ["pin a", "evict b --abort"])
        #expect(files.services.savePrompts == nil)
    }
}
