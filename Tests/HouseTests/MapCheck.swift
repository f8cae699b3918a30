/// Compares the map of the house with the house.
struct MapCheck {
    let map: HouseMap
    let manifest: PackageManifest
    let tree: SourceTree

    /// Everything that is not as the map says, each with what to change.
    var faults: [String] { rooms + citations + proofs + names }

    private var rooms: [String] {
        var faults: [String] = []
        let listed = map.rooms.map(\.name)
        for room in Set(manifest.imports.keys).union(tree.rooms).subtracting(listed).sorted() {
            faults.append("the table of rooms lacks \(room)")
        }
        for (place, room) in map.rooms.enumerated() {
            guard let imports = manifest.imports[room.name] else {
                faults.append("\(room.name) is no target of Package.swift")
                continue
            }
            let said = Set(room.imports)
            for name in imports.subtracting(said).sorted() { faults.append("\(room.name) imports \(name) too") }
            for name in said.subtracting(imports).sorted() { faults.append("\(room.name) does not import \(name)") }
            for name in room.imports where listed[...place].contains(name) {
                faults.append("\(room.name) imports \(name), which stands above it")
            }
        }
        return faults
    }

    /// A number that code cites stands on the page; a test that cites it is among its proofs.
    private var citations: [String] {
        let proofs = Dictionary(map.invariants.map { ($0.number, $0.proofs) }, uniquingKeysWith: +)
        // The tests of this check write untruths.
        return tree.files.filter { !$0.path.hasPrefix("Tests/HouseTests/") }.flatMap { file in
            file.cited.sorted().compactMap { number -> String? in
                guard let suites = proofs[number] else { return "\(file.path) cites invariant \(number)" }
                guard file.path.hasPrefix("Tests/"), file.path.hasSuffix("Tests.swift") else { return nil }
                let isThere = suites.contains { file.types.contains(String($0.prefix { $0 != "/" })) }
                return isThere ? nil : "invariant \(number) does not name \(file.path), which cites it"
            }
        }
    }

    private var proofs: [String] {
        var faults = map.invariants.filter(\.proofs.isEmpty).map { "invariant \($0.number) has no proof" }
        for (place, invariant) in map.invariants.enumerated() where invariant.number != place + 1 {
            faults.append("invariant \(invariant.number) stands in place \(place + 1)")
        }
        let tests = map.invariants.flatMap(\.proofs)
        faults += tests.filter { !isTest($0) }.map { "no test is called \($0)" }
        return faults
    }

    private var names: [String] { map.names.filter { !exists($0) }.map { "nothing is called \($0)" } }

    private func isTest(_ name: String) -> Bool {
        let parts = name.split(separator: "/").map(String.init)
        guard (1...2).contains(parts.count), parts[0].hasSuffix("Tests"), parts[0] != "Tests" else { return false }
        return !tree.tests(parts[0], parts.count == 2 ? parts[1] : nil).isEmpty
    }

    /// Whether a name is a room, a path, a file, a test, a type, a member of one, or a function.
    private func exists(_ name: String) -> Bool {
        if manifest.imports[name] != nil || tree.has(path: name) || isTest(name) { return true }
        if name.contains("/") { return false }
        if name.hasSuffix(".swift") { return tree.files(named: name) == 1 }
        let parts = name.split(separator: ".").map(String.init)
        switch parts.count {
        case 1: return tree.declares(type: name) || tree.declares(function: name) || tree.declaresInC(name)
        case 2: return tree.declares(parts[1], of: parts[0])
        default: return false
        }
    }
}
