import DeckCore
import Foundation
import TestSupport
import Testing

@testable import loradeck

/// `loradeck demo` with adapters of one's own.
@Suite("Demo") struct DemoTests {
    private struct Summary: Decodable {
        struct Tenant: Decodable {
            let name: String
        }

        let tenants: [Tenant]
    }

    /// A folder with demo adapters under names of one's own.
    private func folder(_ adapters: [(name: String, like: String)]) throws -> URL {
        let folder = try Fixture.temporaryFolder()
        for adapter in adapters {
            try FileManager.default.copyItem(
                at: Fixture.demoAdapters.appendingPathComponent(adapter.like),
                to: folder.appendingPathComponent(adapter.name))
        }
        return folder
    }

    private static func environment(_ state: URL) -> [String: String] {
        let cache = Fixture.model.deletingLastPathComponent().deletingLastPathComponent().path
        return ["XDG_STATE_HOME": state.path, "XDG_CACHE_HOME": cache]
    }

    private func demo(_ folder: URL, state: URL, seconds: Int = 6) throws -> Summary {
        let result = try Command.loradeck(
            ["demo", "--adapters", folder.path, "--headless", "\(seconds)", "--rate", "6", "--json"],
            environment: Self.environment(state))
        #expect(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
    }

    /// One's own stand beside the eight; a second start finds all of them again.
    @Test func takesOnesOwnBesideTheEight() throws {
        let folder = try folder([("mine", "haiku-hotel"), ("ours", "kids-garden")])
        let state = try Fixture.temporaryFolder()
        defer { for url in [folder, state] { try? FileManager.default.removeItem(at: url) } }
        for _ in 0..<2 {
            let summary = try demo(folder, state: state)
            let names = Set(summary.tenants.map(\.name))
            #expect(summary.tenants.count == 11)
            #expect(names.isSuperset(of: ["mine", "ours", "pirate-games", "clinic-notes"]))
        }
    }

    @Test func onesOwnAreAskedMost() {
        let known = ["ticket-json", "zebra", "pirate-games", "mine"]
        #expect(DemoCommand.tenants(among: known) == ["mine", "zebra", "pirate-games", "ticket-json", nil])
        #expect(DemoCommand.tenants(among: ["ticket-json"]) == ["ticket-json", nil])
        // What they are asked is a whole question.
        var traffic = TenantTraffic(tenants: DemoCommand.tenants(among: known), rate: 5, seed: 3)
        let arrivals = (0..<200).map { _ in traffic.next().request }
        #expect(arrivals.count { $0.adapter == "mine" } > arrivals.count { $0.adapter == "zebra" })
        for case .chat(let messages) in arrivals.map(\.content) {
            #expect(messages.first?.content.contains("{") == false)
        }
    }

    /// An adapter called as one of the eight takes its place.
    @Test func onesOwnOfTheSameNameGoesFirst() throws {
        let folder = try folder([("pirate-games", "haiku-hotel")])
        let state = try Fixture.temporaryFolder()
        defer { for url in [folder, state] { try? FileManager.default.removeItem(at: url) } }
        #expect(try demo(folder, state: state).tenants.count == 9)
        let list = try Command.loradeck(
            ["adapters", "list", "--json"], environment: Self.environment(state)
        ).output
        #expect(
            list.contains(folder.appendingPathComponent("pirate-games").path.replacing("/", with: "\\/"))
                || list.contains(folder.appendingPathComponent("pirate-games").path))
    }

    @Test(arguments: ["empty", "missing", "adapter"]) func aFolderThatHoldsNoneIsRefused(_ kind: String) throws {
        let root = try folder(kind == "adapter" ? [("a", "haiku-hotel")] : [])
        defer { try? FileManager.default.removeItem(at: root) }
        let path = kind == "empty" ? root.path : root.appendingPathComponent(kind == "adapter" ? "a" : "none").path
        let state = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: state) }
        let result = try Command.loradeck(
            ["demo", "--adapters", path, "--headless", "1"], environment: Self.environment(state))
        #expect(result.status == 1)
        #expect(result.errors.contains(path))
    }
}
