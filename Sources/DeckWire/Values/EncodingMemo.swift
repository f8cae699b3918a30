import DeckCore
import ModelFiles

/// A value that comes again and again, mostly unchanged.
protocol MemoEntry: Hashable {
    /// What it is known by among those of its type.
    var memoKey: AnyHashable { get }
}

extension AdapterSnapshot: MemoEntry { var memoKey: AnyHashable { name } }
extension RequestSnapshot: MemoEntry { var memoKey: AnyHashable { id } }
extension StepSnapshot: MemoEntry { var memoKey: AnyHashable { index } }
extension DeckEvent: MemoEntry { var memoKey: AnyHashable { id } }

/// The trees of the last encoding, so that of a thousand adapters only those that changed are encoded again. Belongs to one
/// encoder.
final class EncodingMemo {
    private struct Key: Hashable {
        let type: ObjectIdentifier
        let key: AnyHashable
    }

    private var last: [Key: (value: AnyHashable, tree: JSONValue)] = [:]
    private var current: [Key: (value: AnyHashable, tree: JSONValue)] = [:]

    func tree<Value: MemoEntry>(of value: Value, _ encode: () throws -> JSONValue) rethrows -> JSONValue {
        let key = Key(type: ObjectIdentifier(Value.self), key: value.memoKey)
        if let known = last[key], known.value.base as? Value == value {
            current[key] = known
            return known.tree
        }
        let tree = try encode()
        current[key] = (AnyHashable(value), tree)
        return tree
    }

    /// Forgets what the encoding that ends now did not meet.
    func turn() {
        last = current
        current = [:]
    }
}
