import DeckCore
import ModelFiles

/// Why a request's field cannot be honoured.
public struct FieldFault: Error, Hashable, Sendable {
    /// Where it stands, such as `messages[0].content`.
    public let path: String
    /// For a person, with the way out.
    public let reason: String
}

/// Every field that the object of one place may have: nothing else passes, so nothing is dropped in silence.
public struct FieldTable: Sendable {
    /// The endpoint or the object, for messages and the manual.
    let title: String
    let rules: [FieldRule]
    private let byName: [String: FieldRule]

    init(_ title: String, _ rules: [FieldRule]...) {
        self.title = title
        self.rules = rules.flatMap { $0 }
        byName = Dictionary(uniqueKeysWithValues: self.rules.map { ($0.name, $0) })
    }

    subscript(name: String) -> FieldRule? { byName[name] }

    /// The first field of an object, by name, that cannot be honoured; nil when all can. A member that is null is missing.
    public func fault(in object: [String: JSONValue]) -> FieldFault? { fault(in: object, at: "") }

    private func fault(in object: [String: JSONValue], at path: String) -> FieldFault? {
        for (name, value) in object.sorted(by: { $0.key < $1.key }) where value != .null {
            let place = path + name
            guard let rule = byName[name] else { return unknown(name, at: path) }
            switch rule.fate {
            case .harmless: continue
            case .honoured:
                if let fault = rule.members?.deeperFault(in: value, at: place) { return fault }
            case .refused:
                if rule.isNeutral(value) { continue }
                if let member = rule.members?.refusedMember(of: value, at: place) { return member }
                return FieldFault(path: place, reason: "\(place) is not supported: \(rule.note)")
            }
        }
        return nil
    }

    /// Looks through an object, or through every object of an array; what is neither is a matter of who reads it.
    private func deeperFault(in value: JSONValue, at place: String) -> FieldFault? {
        if let object = value.object { return fault(in: object, at: place + ".") }
        for (index, element) in (value.array ?? []).enumerated() {
            guard let object = element.object else { continue }
            if let fault = fault(in: object, at: "\(place)[\(index)].") { return fault }
        }
        return nil
    }

    private func refusedMember(of value: JSONValue, at place: String) -> FieldFault? {
        for (name, member) in (value.object ?? [:]).sorted(by: { $0.key < $1.key }) where member != .null {
            guard let rule = byName[name], !rule.isNeutral(member) else { continue }
            return FieldFault(path: "\(place).\(name)", reason: "\(place).\(name) is not supported: \(rule.note)")
        }
        return nil
    }

    private func unknown(_ name: String, at path: String) -> FieldFault {
        let shown = path + name.prefix(60)
        // Of two as near, the one that does something.
        let known = rules.filter(\.isHonoured).map(\.name) + rules.filter { !$0.isHonoured }.map(\.name)
        guard let nearest = NearestName.of(name, among: known) else {
            return FieldFault(
                path: shown, reason: "unknown field \(shown): \(title) has none like it; leave it out")
        }
        return FieldFault(path: shown, reason: "unknown field \(shown): the nearest in \(title) is \(nearest)")
    }
}
