import Foundation

/// What `Sources/README.md` says of the house, as far as a test can tell whether it is so.
struct HouseMap {
    /// A row of the table of rooms.
    struct Room: Hashable {
        let name: String
        let imports: [String]
    }

    struct Invariant {
        let number: Int
        /// Test suites, or `Suite/function`.
        let proofs: [String]
    }

    let rooms: [Room]
    let invariants: [Invariant]
    /// Everything between backticks, each once, in the page's order.
    let names: [String]

    init(_ page: String) {
        let sections = page.split(separator: "\n## ", omittingEmptySubsequences: false)
        func section(_ title: String) -> Substring { sections.first { $0.hasPrefix(title + "\n") } ?? "" }
        rooms = section("Rooms").split(separator: "\n").compactMap(Self.room)
        invariants = Self.invariants(section("Invariants"))
        var seen: Set<String> = []
        names = Self.quoted(page).filter { seen.insert($0).inserted }
    }

    /// Nil for a line that is no row of the table: its head, its rule, or prose.
    private static func room(_ line: Substring) -> Room? {
        let cells = line.split(separator: "|").map { $0.trimmed }
        guard cells.count == 3, cells[0].hasPrefix("`"), cells[2].hasPrefix("→") else { return nil }
        let imports = cells[2].dropFirst().split(separator: ",").map(\.trimmed)
        return Room(name: cells[0].filter { $0 != "`" }, imports: imports.filter { !$0.isEmpty })
    }

    /// An entry begins with its number and a point, and goes on until the next.
    private static func invariants(_ section: Substring) -> [Invariant] {
        var entries: [(number: Int, text: String)] = []
        for line in section.split(separator: "\n") {
            if let point = line.firstIndex(of: "."), let number = Int(line[..<point]) {
                entries.append((number, String(line[point...])))
            } else if !entries.isEmpty {
                entries[entries.count - 1].text += "\n" + line
            }
        }
        return entries.map { number, text in
            let proof = text.range(of: "Proof:").map { text[$0.upperBound...] } ?? ""
            return Invariant(number: number, proofs: quoted(proof))
        }
    }

    private static func quoted(_ text: some StringProtocol) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}

extension StringProtocol {
    var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
