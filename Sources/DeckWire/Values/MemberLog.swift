/// A member of a document that nothing reads.
public struct UnreadMember: Hashable, Sendable {
    public let name: String
    /// Where it stands, with its name: `requests.0.adaptor`.
    public let path: String
    /// The members that are read of the same object, whether they are there or not.
    public let known: Set<String>
}

/// Which members of a document's objects are there, and which were asked for. Belongs to one decoding.
final class MemberLog {
    private struct Object {
        var present: Set<String> = []
        var asked: Set<String> = []
    }

    private var objects: [String: Object] = [:]

    func met(_ names: some Sequence<String>, at path: [any CodingKey]) {
        objects[Self.text(path), default: Object()].present.formUnion(names)
    }

    func read(_ name: String, at path: [any CodingKey]) {
        objects[Self.text(path), default: Object()].asked.insert(name)
    }

    /// The first by its path; nil when everything was read.
    var unread: UnreadMember? {
        var found: [UnreadMember] = []
        for (place, object) in objects {
            for name in object.present.subtracting(object.asked) {
                found.append(
                    UnreadMember(name: name, path: place.isEmpty ? name : "\(place).\(name)", known: object.asked))
            }
        }
        return found.min { $0.path < $1.path }
    }

    private static func text(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
}
