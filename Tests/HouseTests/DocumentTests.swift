import Foundation
import TestSupport
import Testing

/// What stands in the repository for people and for machines that have only a clone of it.
@Suite("Documents of the repository") struct DocumentTests {
    @Test("Links lead somewhere", arguments: ["README.md", "Sources/README.md"])
    func links(_ page: String) throws {
        let text = try HouseMapTests.text(page)
        let folder = Fixture.root.appendingPathComponent(page).deletingLastPathComponent()
        let links = text.matches(of: /\]\(([^)#]+)/).map { String($0.output.1) }.filter { !$0.contains("://") }
        #expect(!links.isEmpty)
        for link in links {
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(link).path), "\(link)")
        }
    }

    @Test("README leads to the map, and the map back")
    func map() throws {
        #expect(try HouseMapTests.text("README.md").contains("(Sources/README.md)"))
        #expect(try HouseMapTests.text("Sources/README.md").contains("(../README.md)"))
    }

    @Test("A workflow runs all tests as any clone does")
    func workflow() throws {
        let workflow = try HouseMapTests.text(".github/workflows/tests.yml")
        #expect(workflow.split(separator: "\n").contains { $0.hasSuffix("run: Tests/run") })
        #expect(workflow.contains("pull_request"))
        let run = Fixture.root.appendingPathComponent("Tests/run").path
        #expect(FileManager.default.isExecutableFile(atPath: run))
    }

    /// Paths that only one machine has would break everybody else's clone.
    @Test("Nothing leads out of the repository to where it was written")
    func machines() throws {
        let places = ["work/main", "work/trees", "work/shared"].map { "/" + $0 } + ["/shared/"].map { ".." + $0 }
        let tops = ["README.md", "Package.swift", ".ci/run", ".github/workflows/tests.yml", "Tests/run", "Tests/cost"]
        let tree = try SourceTree(root: Fixture.root)
        let pages = tree.paths.filter { $0.hasSuffix(".md") }.sorted()
        let texts = try (tops + pages).map { ($0, try HouseMapTests.text($0)) } + tree.files.map { ($0.path, $0.text) }
        for (path, text) in texts {
            for place in places { #expect(!text.contains(place), "\(path) names \(place)") }
        }
    }
}
