import ModelFiles

/// What becomes of one member of a request's object.
struct FieldRule: Sendable {
    enum Fate: Sendable {
        /// Read; whoever reads it checks its value.
        case honoured
        /// No answer depends on it, whatever it says.
        case harmless
        /// It would change the answer, and nothing here does it. `neutral` values ask for nothing and pass.
        case refused(neutral: [JSONValue])
    }

    let name: String
    let fate: Fate
    /// What an honoured field is, why a harmless one is harmless, and the way out of a refused one.
    let note: String
    /// The members of its object, or of every object in its array; nil looks no deeper.
    let members: FieldTable?

    static func takes(_ name: String, _ note: String, members: FieldTable? = nil) -> FieldRule {
        FieldRule(name: name, fate: .honoured, note: note, members: members)
    }

    static func ignores(_ name: String, _ note: String) -> FieldRule {
        FieldRule(name: name, fate: .harmless, note: note, members: nil)
    }

    /// Of a refused field with `members`, one of these that is there is named instead.
    static func refuses(
        _ name: String, _ wayOut: String, unless neutral: JSONValue..., members: FieldTable? = nil
    ) -> FieldRule {
        FieldRule(name: name, fate: .refused(neutral: neutral), note: wayOut, members: members)
    }

    var isHonoured: Bool { if case .honoured = fate { true } else { false } }

    /// Whether a refused field's value asks for nothing: an empty one never does.
    func isNeutral(_ value: JSONValue) -> Bool {
        guard case .refused(let neutral) = fate else { return true }
        return ([.array([]), .object([:]), .string("")] + neutral).contains { $0.means(value) }
    }
}

extension JSONValue {
    /// Whether two values are the same, however a number is written.
    fileprivate func means(_ other: JSONValue) -> Bool {
        if let number, let theirs = other.number { return number == theirs }
        return self == other
    }
}
