import ModelFiles

/// What makes one tree of JSON values of another. Itself JSON:
///
/// - a scalar replaces what was there;
/// - an object patches an object, member by member: what it does not name stays;
/// - `["=", v]` puts v there, whatever it is; `["-"]` takes a member away;
/// - `["#", count, skip, run, v, …]` patches an array of integers: after so many that stay, a run of v;
/// - `["~", op, …]` makes an array anew, in order: `[i, n]` copies n elements of the old one from i, `[i, {…}]` takes the
///   old one's i-th and patches it, `{…}` is the element before it in the new array, patched, `[v]` is v, and so is a scalar.
enum ValuePatch {
    /// Nil when both are equal.
    static func between(_ old: JSONValue, _ new: JSONValue) -> JSONValue? {
        switch (old, new) {
        case (.object(let before), .object(let after)): return members(before, after)
        case (.array(let before), .array(let after)):
            if before == after { return nil }
            if let integers = integers(before, after) { return integers }
            return .array([.string("~")] + elements(before, after))
        case (_, .object), (_, .array): return .array([.string("="), new])
        default: return old == new ? nil : new
        }
    }

    private static func members(_ old: [String: JSONValue], _ new: [String: JSONValue]) -> JSONValue? {
        if old == new { return nil }
        var patch: [String: JSONValue] = [:]
        for (key, value) in new {
            if let before = old[key] {
                if let change = between(before, value) { patch[key] = change }
            } else if case .object = value {
                patch[key] = .array([.string("="), value])
            } else if case .array = value {
                patch[key] = .array([.string("="), value])
            } else {
                patch[key] = value
            }
        }
        for key in old.keys where new[key] == nil { patch[key] = .array([.string("-")]) }
        return .object(patch)
    }

    /// For arrays long enough that it pays, such as the pages of a pool.
    private static func integers(_ old: [JSONValue], _ new: [JSONValue]) -> JSONValue? {
        guard old.count > 8, new.allSatisfy({ $0.int != nil }), old.allSatisfy({ $0.int != nil }) else { return nil }
        var patch: [JSONValue] = [.string("#"), .int(new.count)]
        var index = 0
        var skipped = 0
        while index < new.count {
            if index < old.count, old[index] == new[index] {
                skipped += 1
                index += 1
                continue
            }
            let value = new[index]
            var run = 1
            while index + run < new.count, new[index + run] == value,
                index + run >= old.count || old[index + run] != value
            { run += 1 }
            patch += [.int(skipped), .int(run), value]
            skipped = 0
            index += run
        }
        return .array(patch)
    }

    private static func elements(_ old: [JSONValue], _ new: [JSONValue]) -> [JSONValue] {
        var places: [JSONValue: Int] = [:]
        for (index, element) in old.enumerated() where places[identity(element)] == nil {
            places[identity(element)] = index
        }
        var operations: [JSONValue] = []
        var run: (start: Int, count: Int)?
        func endRun() {
            if let run { operations.append(.array([.int(run.start), .int(run.count)])) }
            run = nil
        }
        for (index, element) in new.enumerated() {
            if let place = places[identity(element)], let change = between(old[place], element) {
                // Same identity, other content: both are objects.
                endRun()
                operations.append(.array([.int(place), change]))
            } else if let place = places[identity(element)] {
                if let open = run, open.start + open.count == place {
                    run = (open.start, open.count + 1)
                } else {
                    endRun()
                    run = (place, 1)
                }
            } else {
                endRun()
                if index > 0, case .object = new[index - 1], case .object(let members) = element,
                    let change = between(new[index - 1], element), change.object?.count ?? 0 <= members.count
                {
                    operations.append(change)
                } else if case .object = element {
                    operations.append(.array([element]))
                } else if case .array = element {
                    operations.append(.array([element]))
                } else {
                    operations.append(element)
                }
            }
        }
        endRun()
        return operations
    }

    /// What an element is known by from one array to the next; one without a name of its own by all that it is.
    private static func identity(_ element: JSONValue) -> JSONValue {
        guard case .object(let members) = element else { return element }
        for key in ["id", "name", "index"] {
            if let value = members[key] { return value }
        }
        return element
    }
}
