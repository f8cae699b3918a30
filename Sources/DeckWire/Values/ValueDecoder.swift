import Foundation
import ModelFiles

/// Makes any `Decodable` from a tree of JSON values, as `ValueEncoder` writes them. The one way in for what comes over a
/// wire: every number is held to its field's bounds, every list to its length, and what a type demands of its fields is
/// looked at (`CheckedOnWire`).
struct ValueDecoder: Decoder {
    /// A few bytes of a patch can make many values of one.
    private final class Budget {
        var left = 1 << 22
    }

    /// The way from the root, as a chain: a snapshot has tens of thousands of places, and hardly ever one that is named.
    private final class Trail {
        let before: Trail?
        let key: any CodingKey

        init(_ before: Trail?, _ key: any CodingKey) {
            self.before = before
            self.key = key
        }
    }

    let value: JSONValue
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let trail: Trail?
    private let budget: Budget
    /// Notes what is read; nil where that is nobody's matter.
    let log: MemberLog?
    /// What holds here.
    private var bounds = WireBounds.count
    /// What the type around this place declares, and where in it this place is.
    private var declared: [String: WireBounds] = [:]
    private var place = ""

    static func decode<Value: Decodable>(
        _ type: Value.Type, from tree: JSONValue, log: MemberLog? = nil
    ) throws(WireFault) -> Value {
        do {
            return try ValueDecoder(value: tree, trail: nil, budget: Budget(), log: log).decode(type)
        } catch {
            throw error as? WireFault ?? fault(error, in: tree)
        }
    }

    private init(value: JSONValue, trail: Trail?, budget: Budget, log: MemberLog?) {
        self.value = value
        self.trail = trail
        self.budget = budget
        self.log = log
    }

    var codingPath: [any CodingKey] {
        sequence(first: trail) { $0?.before }.prefix { $0 != nil }.compactMap { $0?.key }.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw fault("not an object") }
        if let complaint = bounds.complaint(elements: members.count) { throw fault(complaint) }
        if let log { log.met(members.keys, at: codingPath) }
        return KeyedDecodingContainer(Members(decoder: self, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw fault("not a list") }
        if let complaint = bounds.complaint(elements: elements.count) { throw fault(complaint) }
        return Elements(decoder: self, elements: elements)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    func child(_ value: JSONValue, at key: any CodingKey) throws -> ValueDecoder {
        budget.left -= 1
        guard budget.left > 0 else { throw WireFault(field: "", value: nil, reason: "more than 2^22 values") }
        var child = ValueDecoder(value: value, trail: Trail(trail, key), budget: budget, log: log)
        (child.bounds, child.declared, child.place) = (bounds, declared, place)
        guard !declared.isEmpty, key.intValue == nil else { return child }
        child.place = place.isEmpty ? key.stringValue : "\(place).\(key.stringValue)"
        if let own = declared[child.place] { child.bounds = own }
        return child
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type is any FixedWidthInteger.Type == false, !Self.scalars.contains(ObjectIdentifier(type)) {
            guard let checked = type as? any CheckedOnWire.Type else { return try Value(from: self) }
            var inner = self
            (inner.bounds, inner.declared, inner.place) = (.count, checked.wireBounds, "")
            let made = try Value(from: inner)
            if let fault = (made as? any CheckedOnWire)?.wireFault { throw fault.inside(codingPath) }
            return made
        }
        let made: Any? =
            switch type {
            case is String.Type: value.string as Any?
            case is Int.Type: try integer(Int.self) as Any?
            case is Bool.Type: value.bool as Any?
            case is Double.Type: try double(bounds) as Any?
            case is Float.Type: try double(bounds).map { Float($0) } as Any?
            case is Date.Type: try double(.moment).map { Date(timeIntervalSinceReferenceDate: $0) } as Any?
            case let type as any FixedWidthInteger.Type: try integer(type) as Any?
            default: nil
            }
        guard let made = made as? Value else { throw fault(Self.demand(type)) }
        return made
    }

    private static let scalars = Set(
        [String.self, Int.self, Bool.self, Double.self, Float.self, Date.self].map { ObjectIdentifier($0 as Any.Type) })

    private static func demand(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "not a text"
        case is Bool.Type: "neither true nor false"
        case is Double.Type, is Float.Type, is Date.Type: "not a number"
        default: "not a whole number"
        }
    }

    private func double(_ bounds: WireBounds) throws -> Double? {
        let number = value.number ?? ["nan": .nan, "inf": .infinity, "-inf": -.infinity][value.string ?? ""]
        if let number, let complaint = bounds.complaint(number) { throw fault(complaint) }
        return number
    }

    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer? {
        // A seed that needs all 64 bits is written as a text.
        let text = type is Int.Type ? nil : value.string
        let number = value.number ?? text.flatMap { Integer($0) }.map { Double($0) }
        guard let number else { return nil }
        if let complaint = bounds.complaint(number) { throw fault(complaint) }
        return value.int.flatMap { Integer(exactly: $0) } ?? value.unsigned.flatMap { Integer(exactly: $0) }
            ?? text.flatMap { Integer($0) }
            // A number that was written with a fraction or is too large for `int`: above 2^53 it may have been another one.
            ?? (number.magnitude < 0x1p53 ? Integer(exactly: number) : nil)
    }
}

// MARK: what is wrong

extension ValueDecoder {
    func fault(_ reason: String) -> WireFault {
        WireFault(field: WireFault.name(codingPath), value: WireFault.shown(value), reason: reason)
    }

    /// What the initializers of raw values, ranges and enumerations throw.
    private static func fault(_ error: any Error, in tree: JSONValue) -> WireFault {
        let context: DecodingError.Context
        switch error {
        case DecodingError.keyNotFound(let key, let found):
            return WireFault(field: WireFault.name(found.codingPath + [key]), value: nil, reason: "missing")
        case DecodingError.valueNotFound(_, let found), DecodingError.typeMismatch(_, let found),
            DecodingError.dataCorrupted(let found):
            context = found
        default: return WireFault(field: "", value: nil, reason: "\(error)")
        }
        let value = context.codingPath.reduce(Optional(tree)) { value, key in
            if let index = key.intValue, let elements = value?.array {
                return elements.indices.contains(index) ? elements[index] : nil
            }
            return value?.object?[key.stringValue]
        }
        return WireFault(
            field: WireFault.name(context.codingPath), value: value.map(WireFault.shown),
            reason: context.debugDescription)
    }
}
