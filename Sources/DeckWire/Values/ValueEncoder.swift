import Foundation
import ModelFiles

/// Turns any `Encodable` into a tree of JSON values, without a detour through text.
struct ValueEncoder: Encoder {
    /// Trees of entries that were encoded before; nil encodes everything anew.
    let memo: EncodingMemo?
    /// Whether measured figures keep only the digits that a screen can show, and times their milliseconds.
    let rounds: Bool
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    fileprivate let node = Node()

    /// The tree of one value.
    static func tree(_ value: some Encodable, memo: EncodingMemo? = nil, rounds: Bool = false) throws -> JSONValue {
        try ValueEncoder(memo: memo, rounds: rounds).child(value)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeObject()
        return KeyedEncodingContainer(Members(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeArray()
        return Elements(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    fileprivate func child(_ value: some Encodable) throws -> JSONValue {
        switch value {
        case let text as String: return .string(text)
        case let number as Int: return .int(number)
        case let number as UInt16: return .int(Int(number))
        case let flag as Bool: return .bool(flag)
        case let number as Double: return number.jsonValue(rounded: rounds)
        case let number as Float: return Double(number).jsonValue(rounded: rounds)
        case let date as Date:
            let seconds = date.timeIntervalSinceReferenceDate
            return (rounds ? (seconds * 1000).rounded() / 1000 : seconds).jsonValue(rounded: false)
        case let number as any BinaryInteger:
            // A seed may need all 64 bits.
            return Int(exactly: number).map { .int($0) } ?? .string("\(number)")
        default:
            let encoder = ValueEncoder(memo: memo, rounds: rounds)
            try value.encode(to: encoder)
            return encoder.node.finished()
        }
    }
}

extension ValueEncoder {
    /// What one container fills. A class, because containers of one encoder share it.
    fileprivate final class Node {
        private var scalar: JSONValue?
        private var members: [String: JSONValue]?
        private(set) var elements: [JSONValue]?
        /// Places that were given before they were filled, by nested containers.
        private var nested: [(key: String, node: Node)] = []

        func becomeObject() { if members == nil { members = [:] } }
        func becomeArray() { if elements == nil { elements = [] } }
        func set(_ value: JSONValue) { scalar = value }
        func set(_ value: JSONValue, for key: String) { members?[key] = value }
        func append(_ value: JSONValue) { elements?.append(value) }

        func nest(_ node: Node, for key: String?) {
            if key == nil { elements?.append(.null) }
            nested.append((key ?? "\((elements?.count ?? 1) - 1)", node))
        }

        func finished() -> JSONValue {
            if var members {
                for (key, node) in nested { members[key] = node.finished() }
                return .object(members)
            }
            if var elements {
                for (key, node) in nested { elements[Int(key) ?? 0] = node.finished() }
                return .array(elements)
            }
            return scalar ?? .object([:])
        }
    }

    fileprivate func nested(for key: String?) -> ValueEncoder {
        let encoder = ValueEncoder(memo: memo, rounds: rounds)
        node.nest(encoder.node, for: key)
        return encoder
    }

    private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: ValueEncoder
        let codingPath: [any CodingKey] = []

        mutating func encodeNil(forKey key: Key) { encoder.node.set(.null, for: key.stringValue) }
        mutating func encode(_ value: some Encodable, forKey key: Key) throws {
            encoder.node.set(try encoder.child(value), for: key.stringValue)
        }
        mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key)
            -> KeyedEncodingContainer<Inner>
        { encoder.nested(for: key.stringValue).container(keyedBy: type) }
        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            encoder.nested(for: key.stringValue).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { encoder.nested(for: "super") }
        mutating func superEncoder(forKey key: Key) -> any Encoder { encoder.nested(for: key.stringValue) }
    }

    private struct Elements: UnkeyedEncodingContainer {
        let encoder: ValueEncoder
        let codingPath: [any CodingKey] = []
        var count: Int { encoder.node.elements?.count ?? 0 }

        mutating func encodeNil() { encoder.node.append(.null) }
        mutating func encode(_ value: some Encodable) throws {
            if let memo = encoder.memo, let entry = value as? any MemoEntry {
                encoder.node.append(try memo.tree(of: entry) { try encoder.child(value) })
            } else {
                encoder.node.append(try encoder.child(value))
            }
        }
        mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
            encoder.nested(for: nil).container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            encoder.nested(for: nil).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { encoder.nested(for: nil) }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: ValueEncoder
        let codingPath: [any CodingKey] = []

        mutating func encodeNil() { encoder.node.set(.null) }
        mutating func encode(_ value: some Encodable) throws { encoder.node.set(try encoder.child(value)) }
    }
}

extension Double {
    /// What JSON cannot write as a number goes as its name.
    fileprivate func jsonValue(rounded: Bool) -> JSONValue {
        guard isFinite else { return .string(isNaN ? "nan" : self > 0 ? "inf" : "-inf") }
        guard rounded else { return .double(self) }
        let digits = magnitude < 1 ? 1e6 : magnitude < 100 ? 1e4 : 1e2
        return .double(magnitude < 1e12 ? (self * digits).rounded() / digits : self)
    }
}
