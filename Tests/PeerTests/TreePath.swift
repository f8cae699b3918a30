import ModelFiles

/// A place in a tree of JSON values, written as `WireFault` writes it.
struct TreePath: Hashable, CustomStringConvertible {
    enum Step: Hashable {
        case member(String)
        case element(Int)
    }

    let steps: [Step]

    var description: String { name { "[\($0)]" } }

    /// The same for all elements of a list.
    var field: String { name { _ in "[]" } }

    private func name(_ index: (Int) -> String) -> String {
        steps.reduce(into: "") { name, step in
            switch step {
            case .element(let place): name += index(place)
            // The payload of a case without a label.
            case .member("_0"): break
            case .member(let key): name += name.isEmpty ? key : ".\(key)"
            }
        }
    }

    /// Every place in a tree, the whole aside, those of one object by name.
    static func all(in tree: JSONValue) -> [TreePath] {
        var found: [TreePath] = []
        func walk(_ value: JSONValue, _ steps: [Step]) {
            if !steps.isEmpty { found.append(TreePath(steps: steps)) }
            for (key, member) in (value.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                walk(member, steps + [.member(key)])
            }
            for (place, element) in (value.array ?? []).enumerated() { walk(element, steps + [.element(place)]) }
        }
        walk(tree, [])
        return found
    }

    /// The first place of every field that satisfies a condition.
    static func fields(in tree: JSONValue, where condition: (JSONValue) -> Bool) -> [TreePath] {
        var seen: Set<String> = []
        return all(in: tree).filter { path in
            tree[path].map(condition) ?? false && seen.insert(path.field).inserted
        }
    }
}

extension JSONValue {
    subscript(path: TreePath) -> JSONValue? {
        path.steps.reduce(Optional(self)) { value, step in
            switch step {
            case .member(let key): return value?.object?[key]
            case .element(let place):
                guard let elements = value?.array, elements.indices.contains(place) else { return nil }
                return elements[place]
            }
        }
    }

    /// The tree with another value at a place; nil takes it away.
    func replacing(_ path: TreePath, _ value: JSONValue?) -> JSONValue { replacing(path.steps[...], value) }

    private func replacing(_ steps: ArraySlice<TreePath.Step>, _ value: JSONValue?) -> JSONValue {
        guard let step = steps.first else { return value ?? .null }
        let isLast = steps.count == 1
        switch (self, step) {
        case (.object(var members), .member(let key)):
            members[key] = isLast ? value : members[key]?.replacing(steps.dropFirst(), value)
            return .object(members)
        case (.array(var elements), .element(let place)):
            if isLast, value == nil {
                elements.remove(at: place)
            } else {
                elements[place] = elements[place].replacing(steps.dropFirst(), value)
            }
            return .array(elements)
        default: return self
        }
    }

    var isNumber: Bool { number != nil }
}
