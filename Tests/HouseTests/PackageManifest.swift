/// The rooms of `Package.swift`: its targets in `Sources`, and which of them each imports.
struct PackageManifest {
    let imports: [String: Set<String>]

    init(_ text: String) {
        var imports: [String: Set<String>] = [:]
        let heads = text.matches(of: /\.(executableTarget|target|systemLibrary|testTarget)\(\s*name: "(\w+)"/)
        for (place, head) in heads.enumerated() {
            let end = place + 1 < heads.count ? heads[place + 1].range.lowerBound : text.endIndex
            let body = text[head.range.upperBound..<end]
            guard head.output.1 != "testTarget", !body.contains("path: \"Tests/") else { continue }
            imports[String(head.output.2)] = Self.dependencies(body)
        }
        self.imports = imports
    }

    /// The names that stand in the list by themselves; products of packages stand in parentheses.
    private static func dependencies(_ body: Substring) -> Set<String> {
        guard let list = body.firstRange(of: "dependencies: [") else { return [] }
        var names: Set<String> = []
        var depth = 0
        var name: String?
        for character in body[list.upperBound...] {
            switch character {
            case "]" where depth == 0: return names
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "\"":
                if let known = name, depth == 0 { names.insert(known) }
                name = name == nil ? "" : nil
            default: name?.append(character)
            }
        }
        return names
    }
}
