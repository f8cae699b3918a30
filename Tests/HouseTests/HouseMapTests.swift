import Foundation
import TestSupport
import Testing

/// `Sources/README.md` is compared with the code, and each kind of untruth in it is found.
@Suite("The map of the house") struct HouseMapTests {
    private static let tree = Result { try SourceTree(root: Fixture.root) }

    private let page: String
    private let manifest: String
    private let tree: SourceTree

    init() throws {
        page = try Self.text("Sources/README.md")
        manifest = try Self.text("Package.swift")
        tree = try Self.tree.get()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: Fixture.root.appendingPathComponent(path), encoding: .utf8)
    }

    private func faults(page: String, manifest: String) -> [String] {
        MapCheck(map: HouseMap(page), manifest: PackageManifest(manifest), tree: tree).faults
    }

    @Test("Everything is as it says: rooms and their imports, paths, types, invariants and their tests")
    func isTrue() {
        let faults = faults(page: page, manifest: manifest)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
        let map = HouseMap(page)
        #expect(map.rooms.count > 15 && map.invariants.count == 16 && map.names.count > 200)
    }

    @Test(
        "What it says wrongly is found",
        arguments: [
            ("`Scheduler.plan`", "`Scheduler.guess`", "nothing is called Scheduler.guess"),
            ("`WorkerTeam`", "`WorkerCrowd`", "nothing is called WorkerCrowd"),
            ("`RowChoice.swift`", "`RowChance.swift`", "nothing is called RowChance.swift"),
            ("`Tests/Goldens/tiny`", "`Tests/Goldens/huge`", "nothing is called Tests/Goldens/huge"),
            ("`AdapterTests/onePool`", "`AdapterTests/twoPools`", "no test is called AdapterTests/twoPools"),
            ("`ChurnTests`", "`BurnTests`", "no test is called BurnTests"),
            (
                "`ChurnTests`, ", "",
                "invariant 11 does not name Tests/ServingEngineTests/ChurnTests.swift, which cites it"
            ),
            ("\n11. **", "\n12. **", "invariant 12 stands in place 11"),
            ("→ TerminalKit, DeckCore |", "→ TerminalKit |", "Console imports DeckCore too"),
            ("→ TerminalKit, DeckCore |", "→ TerminalKit, DeckCore, Registry |", "Console does not import Registry"),
            ("| `Hashing` |", "| `Smashing` |", "the table of rooms lacks Hashing"),
            ("| `Hashing` |", "| `Smashing` |", "Smashing is no target of Package.swift"),
        ])
    func isFound(_ old: String, _ new: String, _ fault: String) {
        #expect(page.contains(old))
        let found = faults(page: page.replacing(old, with: new), manifest: manifest)
        #expect(found.contains(fault), "\(found.joined(separator: "\n"))")
    }

    @Test("An invariant that code cites and the page lacks is found, and one without a proof")
    func invariantsAreThere() throws {
        let last = try #require(page.range(of: "\n16. **"))
        let end = try #require(page.range(of: "\n## Where"))
        let short = String(page[..<last.lowerBound] + page[end.lowerBound...]).replacing("\n15. **", with: "\n   **")
        #expect(faults(page: short, manifest: manifest).contains("Sources/DeckCore/Prompt.swift cites invariant 15"))
        let unproved = page.replacing("   Proof: `AdapterTests/loadOffThread`, `LoaderThreadsTests`.", with: "")
        #expect(faults(page: unproved, manifest: manifest).contains("invariant 7 has no proof"))
    }

    @Test("A room that the page does not know, and an import that goes up, are found")
    func roomsAreThere() {
        let more = manifest.replacing(
            ".target(name: \"DeckCore\",", with: ".target(name: \"Cellar\"),\n.target(name: \"DeckCore\",")
        #expect(faults(page: page, manifest: more).contains("the table of rooms lacks Cellar"))
        let upward = manifest.replacing(
            ".target(name: \"Deflate\",", with: ".target(name: \"Deflate\", dependencies: [\"Console\"],")
        let room = "| `Deflate` | zlib's format | →"
        #expect(page.contains(room))
        #expect(
            faults(page: page.replacing(room, with: room + " Console"), manifest: upward)
                .contains("Deflate imports Console, which stands above it"))
    }
}
