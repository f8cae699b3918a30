import ModelFiles

extension ValuePatch {
    /// A patch that does not fit what it is applied to. It came over a connection: nothing of it is believed.
    struct Misfit: Error {
        let reason: String
    }

    /// Most elements that an array may get; a few bytes of a patch can ask for many.
    private static let elementLimit = 1 << 21

    static func apply(_ patch: JSONValue, to old: JSONValue) throws(Misfit) -> JSONValue {
        switch patch {
        case .object(let changes):
            guard case .object(var members) = old else { throw Misfit(reason: "\(old.kind) is patched as an object") }
            for (key, change) in changes {
                if case .array(let parts) = change, parts.first == .string("-") {
                    members[key] = nil
                } else {
                    members[key] = try apply(change, to: members[key] ?? .null)
                }
            }
            return .object(members)
        case .array(let parts):
            switch parts.first?.string {
            case "=":
                guard parts.count == 2 else { throw Misfit(reason: "a replacement without a value") }
                return parts[1]
            case "#": return .array(try integers(parts, old.array ?? []))
            case "~": return .array(try elements(parts.dropFirst(), old.array ?? []))
            default: throw Misfit(reason: "an unknown kind of patch")
            }
        default: return patch
        }
    }

    private static func integers(_ parts: [JSONValue], _ old: [JSONValue]) throws(Misfit) -> [JSONValue] {
        guard parts.count >= 2, parts.count % 3 == 2, let count = parts[1].int, (0...elementLimit).contains(count)
        else { throw Misfit(reason: "a patch of integers of \(parts.count) parts") }
        var new = Array(old.prefix(count))
        if new.count < count { new += Array(repeating: .int(0), count: count - new.count) }
        var index = 0
        for part in stride(from: 2, to: parts.count, by: 3) {
            guard let skip = parts[part].int, let run = parts[part + 1].int, parts[part + 2].int != nil,
                (0...count - index).contains(skip), (0...count - index - skip).contains(run)
            else { throw Misfit(reason: "a run of integers outside of the array") }
            index += skip
            for place in index..<index + run { new[place] = parts[part + 2] }
            index += run
        }
        return new
    }

    private static func elements(_ operations: ArraySlice<JSONValue>, _ old: [JSONValue]) throws(Misfit) -> [JSONValue]
    {
        var new: [JSONValue] = []
        for operation in operations {
            guard new.count < elementLimit else { throw Misfit(reason: "more than \(elementLimit) elements") }
            switch operation {
            case .object:
                guard let last = new.last else { throw Misfit(reason: "the first element has none before it") }
                new.append(try apply(operation, to: last))
            case .array(let parts):
                if parts.count == 1 {
                    new.append(parts[0])
                    continue
                }
                guard parts.count == 2, let index = parts[0].int, old.indices.contains(index) else {
                    throw Misfit(reason: "an element that was not there")
                }
                if let count = parts[1].int {
                    guard (1...old.count - index).contains(count), new.count + count <= elementLimit else {
                        throw Misfit(reason: "\(count) elements that were not there")
                    }
                    new += old[index..<index + count]
                } else {
                    new.append(try apply(parts[1], to: old[index]))
                }
            default: new.append(operation)
            }
        }
        return new
    }
}
