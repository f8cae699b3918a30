import DeckCore
import Dispatch
import Foundation
import Registry
import Synchronization
import Testing

@Suite("Registry")
struct RegistryTests {
    @Test("a name points at its newest version; the older ones stay in its history")
    func versions() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(Sample.version("a", 2))
        try registry.save(Sample.version("a", 3, after: 10))
        #expect(try registry.versions() == [Sample.version("a", 3, after: 10)])
        #expect(try registry.history(of: "a").map(\.digest) == [Sample.digest(2), Sample.digest(3)])
        #expect(try registry.earlierVersions() == [Sample.version("a", 2)])
        // Back to the first content: one row a content.
        try registry.save(Sample.version("a", 2, after: 20))
        #expect(try registry.versions() == [Sample.version("a", 2, after: 20)])
        #expect(try registry.history(of: "a").map(\.digest) == [Sample.digest(3), Sample.digest(2)])
        #expect(try registry.earlierVersions() == [Sample.version("a", 3, after: 10)])
    }

    @Test("what a name was rolled back from is remembered with the version, and forgotten when that is registered anew")
    func rolledBack() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let (old, new) = (Sample.version("a", 2), Sample.version("a", 3, after: 10))
        try registry.save(old)
        try registry.save(new)
        let back = AdapterVersion(
            name: "a", digest: old.digest, facts: old.facts, registered: old.registered.addingTimeInterval(20),
            insteadOf: new.digest)
        try registry.save(back)
        let again = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(try again.versions() == [back])
        #expect(try again.versions().first?.insteadOf == new.digest)
        #expect(try again.earlierVersions() == [new])
        try again.save(Sample.version("a", 2, after: 30))
        #expect(try again.versions().first?.insteadOf == nil)
    }

    @Test("adapters of two bases do not mix")
    func bases() throws {
        let scratch = try Scratch()
        let one = try Registry.open(path: scratch.path(), base: Sample.base)
        let other = try Registry.open(path: scratch.path(), base: Sample.digest(9))
        try one.save(Sample.version("a", 2))
        try one.setPinned(true, adapter: "a")
        try one.setDemoPrompts(["x"], adapter: "a")
        try Sample.record("one", in: one)
        try other.save(Sample.version("a", 4))
        #expect(try one.versions().map(\.digest) == [Sample.digest(2)])
        #expect(try other.versions().map(\.digest) == [Sample.digest(4)])
        #expect(try Set(other.versionsOfEveryBase().map(\.digest)) == [Sample.digest(2), Sample.digest(4)])
        #expect(try other.pinned().isEmpty)
        #expect(try other.demoPrompts().isEmpty)
        #expect(try other.recentEvents(limit: 10).isEmpty)
    }

    @Test("openings of a new registry at the same moment all succeed")
    func openedAtOnce() throws {
        for _ in 0..<10 {
            let scratch = try Scratch()
            let path = scratch.path()
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { index in
                do {
                    let registry = try Registry.open(path: path, base: Sample.base)
                    try registry.setPinned(true, adapter: "a\(index)")
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(failures.withLock { $0 } == [])
            #expect(try Registry.open(path: path, base: Sample.base).pinned().count == 8)
        }
    }

    @Test("a pin may come before the first version and goes with unpinning")
    func pins() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.setPinned(true, adapter: "a")
        #expect(try registry.pinned() == ["a"])
        #expect(try registry.versions().isEmpty)
        try registry.save(Sample.version("a", 2))
        #expect(try registry.pinned() == ["a"])
        try registry.setPinned(false, adapter: "a")
        #expect(try registry.pinned().isEmpty)
        #expect(try registry.versions().count == 1)
    }

    @Test("removing a name takes versions, pin and prompts, and leaves the audit log")
    func remove() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        for name in ["a", "b"] {
            try registry.save(Sample.version(name, 2))
            try registry.setPinned(true, adapter: name)
            try registry.setDemoPrompts(["x", "y"], adapter: name)
        }
        try Sample.record("kept", in: registry)
        #expect(try registry.remove("a"))
        #expect(try !registry.remove("a"))
        #expect(try registry.versions().map(\.name) == ["b"])
        #expect(try registry.history(of: "a").isEmpty)
        #expect(try registry.pinned() == ["b"])
        #expect(try registry.demoPrompts() == ["b": ["x", "y"]])
        #expect(try registry.recentEvents(limit: 10).map(\.message) == ["kept"])
    }

    @Test("prompts are replaced as a whole and keep their order")
    func prompts() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.setDemoPrompts(["one", "two", "three"], adapter: "a")
        try registry.setDemoPrompts(["zwei", "eins"], adapter: "a")
        #expect(try registry.demoPrompts() == ["a": ["zwei", "eins"]])
        try registry.setDemoPrompts([], adapter: "a")
        #expect(try registry.demoPrompts().isEmpty)
    }

    @Test("the log keeps the newest events, and never gives an id twice")
    func pruning() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base, eventLimit: 10)
        for index in 1...600 { try Sample.record("\(index)", in: registry) }
        let kept = try registry.recentEvents(limit: 10_000)
        #expect(kept.count < 300)
        #expect(kept.suffix(10).map(\.message) == (591...600).map(String.init))
        #expect(kept.last?.id == 600)
        #expect(try registry.recentEvents(limit: 3).map(\.message) == ["598", "599", "600"])
        #expect(try registry.recentEvents(limit: 0).isEmpty)
    }

    @Test("a name with quotes, a newline and SQL in it is only a name")
    func hostileName() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let name = "x'; DROP TABLE adapter; --\n\"\u{1b}[31m"
        try registry.save(Sample.version(name, 2))
        try registry.setPinned(true, adapter: name)
        #expect(try registry.versions().map(\.name) == [name])
        #expect(try registry.pinned() == [name])
    }
}
