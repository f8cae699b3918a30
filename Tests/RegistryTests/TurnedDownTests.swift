import DeckCore
import Foundation
import Testing

@testable import Registry

/// What orders turned names away from outlives the process.
@Suite("Turned down") struct TurnedDownTests {
    private func files(_ inode: UInt64) -> [FileState] {
        [FileState(device: 1, inode: inode, size: 3, modified: 4, changed: 5)]
    }

    private func version(_ name: String, _ content: UInt8, files: [FileState] = []) -> AdapterVersion {
        Sample.version(name, content).with(files: files)
    }

    @Test(
        "an unregistration is remembered with every version's content and files, and with what stands in the name's place"
    )
    func unregistered() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(version("a", 2, files: files(1)))
        try registry.save(version("a", 3))
        try registry.save(version("b", 4))
        #expect(try registry.turnedDown().isEmpty)
        try registry.remove(adapter: "a", standing: files(9))
        let again = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(try again.versions().map(\.name) == ["b"])
        #expect(
            try Set(again.turnedDown("a")) == [
                TurnedDown(name: "a", digest: Sample.digest(2), files: files(1)),
                TurnedDown(name: "a", digest: Sample.digest(3), files: []),
                TurnedDown(name: "a", digest: nil, files: files(9)),
            ])
        #expect(try again.turnedDown("b").isEmpty && again.turnedDown().count == 3)
        // Another base knows nothing of it.
        #expect(try Registry.open(path: scratch.path(), base: Sample.digest(8)).turnedDown().isEmpty)
    }

    @Test("a registration forgets what its name was turned away from, and remembers what stands in its place now")
    func registered() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(version("a", 2, files: files(1)))
        try registry.remove(adapter: "a", standing: [])
        try registry.save(version("a", 3, files: files(7)), standing: files(1))
        // Registered from where the other stood.
        #expect(try registry.turnedDown() == [TurnedDown(name: "a", digest: nil, files: files(1))])
        // From its own place: it is turned away from nothing.
        try registry.save(version("a", 2, files: files(1)), standing: files(1))
        #expect(try registry.turnedDown().isEmpty)
    }

    @Test(
        "registered from elsewhere after an unregistration, a name is still turned away from what stands in its place")
    func elsewhere() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        func moved(_ content: UInt8, to path: String) -> AdapterVersion {
            let version = Sample.version("a", content)
            return version.with(facts: version.facts.standing(at: path))
        }
        try registry.save(moved(2, to: "/own"))
        try registry.remove("a")
        try registry.save(moved(3, to: "/vault"))
        #expect(try registry.turnedDown().map(\.digest) == [Sample.digest(2)])
        // Unregistered again: both are.
        try registry.remove("a")
        #expect(try Set(registry.turnedDown().map(\.digest)) == [Sample.digest(2), Sample.digest(3)])
        // New content in its own place is the end of what stood there, and the same content anywhere of itself.
        try registry.save(moved(4, to: "/own"))
        #expect(try registry.turnedDown().map(\.digest) == [Sample.digest(3)])
        try registry.save(moved(3, to: "/attic"))
        #expect(try registry.turnedDown().isEmpty)
    }

    @Test("states that were found to hold what was turned down are noted")
    func noted() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.noteTurnedDown(Sample.digest(2), files: files(5), adapter: "a")
        try registry.noteTurnedDown(Sample.digest(2), files: [], adapter: "a")
        #expect(try registry.turnedDown() == [TurnedDown(name: "a", digest: nil, files: files(5))])
    }

    @Test("removing an unknown name twice is no error and remembers nothing")
    func unknown() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(try !registry.remove("nobody") && registry.turnedDown().isEmpty)
    }
}
