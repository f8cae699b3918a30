import ModelFiles

/// What is wrong with one field of what came over a wire.
public struct WireFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it stands, such as `adapters[3].pages`; empty for the whole.
    public let field: String
    /// What stands there, cut short; nil for what is missing.
    public let value: String?
    /// What is wrong with it, such as `more than 2^48`.
    public let reason: String

    public init(field: String, value: String?, reason: String) {
        self.field = field
        self.value = value
        self.reason = reason
    }

    /// `pool.pageBytes 4611686018427387904: more than 2^48`
    public var description: String {
        let place = [field, value ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        return place.isEmpty ? reason : "\(place): \(reason)"
    }

    /// The same field, seen from further out.
    func inside(_ path: [any CodingKey]) -> WireFault {
        let outer = Self.name(path)
        let joined = field.isEmpty || field.hasPrefix("[") || outer.isEmpty ? outer + field : "\(outer).\(field)"
        return WireFault(field: joined, value: value, reason: reason)
    }

    /// A path as people write it. What Swift calls the payload of a case without a label is left out.
    static func name(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { name, key in
            if let index = key.intValue {
                name += "[\(index)]"
            } else if !(key.stringValue.hasPrefix("_") && Int(key.stringValue.dropFirst()) != nil) {
                name += name.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    static func elements(_ count: Int) -> String { count == 1 ? "1 element" : "\(count) elements" }

    /// A value as it is shown: its text, at most so long that it fits into a sentence.
    static func shown(_ value: JSONValue) -> String {
        switch value {
        case .array(let list): return elements(list.count)
        case .object(let members): return members.count == 1 ? "1 member" : "\(members.count) members"
        case .string(let text): return "“\(text.prefix(40))\(text.count > 40 ? "…" : "")”"
        case .null, .bool, .int, .unsigned, .double: return String(decoding: value.text, as: UTF8.self)
        }
    }
}
