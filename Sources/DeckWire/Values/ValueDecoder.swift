import Foundation
import ModelFiles

/// Makes any `Decodable` from a tree of JSON values, as `ValueEncoder` writes them.
struct ValueDecoder: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    /// Notes what is read; nil where that is nobody's matter.
    let log: MemberLog?

    static func decode<Value: Decodable>(
        _ type: Value.Type, from tree: JSONValue, log: MemberLog? = nil
    ) throws -> Value {
        try ValueDecoder(value: tree, codingPath: [], log: log).decode(type)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch([String: JSONValue].self) }
        log?.met(members.keys, at: codingPath)
        return KeyedDecodingContainer(Members(members: members, codingPath: codingPath, log: log))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([JSONValue].self) }
        return Elements(elements: elements, codingPath: codingPath, log: log)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    fileprivate func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type is any FixedWidthInteger.Type == false, !Self.scalars.contains(ObjectIdentifier(type)) {
            return try Value(from: self)
        }
        let made: Any? =
            switch type {
            case is String.Type: value.string as Any?
            case is Int.Type: value.int as Any?
            case is Bool.Type: value.bool as Any?
            case is Double.Type: double as Any?
            case is Float.Type: double.map { Float($0) } as Any?
            case is Date.Type: double.map { Date(timeIntervalSinceReferenceDate: $0) } as Any?
            case let integer as any FixedWidthInteger.Type: self.integer(integer) as Any?
            default: nil
            }
        guard let made = made as? Value else { throw mismatch(type) }
        return made
    }

    private static let scalars = Set(
        [String.self, Int.self, Bool.self, Double.self, Float.self, Date.self].map { ObjectIdentifier($0 as Any.Type) })

    private var double: Double? {
        value.number ?? ["nan": .nan, "inf": .infinity, "-inf": -.infinity][value.string ?? ""]
    }

    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
        value.int.flatMap { Integer(exactly: $0) } ?? value.string.flatMap { Integer($0) }
    }

    fileprivate func mismatch(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "\(value.kind) is there"))
    }
}

extension ValueDecoder {
    private struct Place: CodingKey {
        let stringValue: String
        var intValue: Int? { Int(stringValue) }
        init(stringValue: String) { self.stringValue = stringValue }
        init(intValue: Int) { stringValue = "\(intValue)" }
    }

    private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let members: [String: JSONValue]
        let codingPath: [any CodingKey]
        let log: MemberLog?
        var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

        func contains(_ key: Key) -> Bool {
            log?.read(key.stringValue, at: codingPath)
            return members[key.stringValue] != nil
        }
        func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).value == .null }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try decoder(key).decode(type)
        }
        func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) throws
            -> KeyedDecodingContainer<Inner>
        { try decoder(key).container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try decoder(key).unkeyedContainer()
        }
        func superDecoder() throws -> any Decoder {
            ValueDecoder(value: members["super"] ?? .null, codingPath: codingPath, log: log)
        }
        func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

        private func decoder(_ key: Key) throws -> ValueDecoder {
            log?.read(key.stringValue, at: codingPath)
            guard let value = members[key.stringValue] else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: codingPath, debugDescription: "\(key.stringValue) is missing"))
            }
            return ValueDecoder(value: value, codingPath: codingPath + [key], log: log)
        }
    }

    private struct Elements: UnkeyedDecodingContainer {
        let elements: [JSONValue]
        let codingPath: [any CodingKey]
        let log: MemberLog?
        var currentIndex = 0
        var count: Int? { elements.count }
        var isAtEnd: Bool { currentIndex >= elements.count }

        init(elements: [JSONValue], codingPath: [any CodingKey], log: MemberLog?) {
            self.elements = elements
            self.codingPath = codingPath
            self.log = log
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, elements[currentIndex] == .null else { return false }
            currentIndex += 1
            return true
        }
        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }
        mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws
            -> KeyedDecodingContainer<Inner>
        { try next().container(keyedBy: type) }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try next().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Decoder { try next() }

        private mutating func next() throws -> ValueDecoder {
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(
                    JSONValue.self, .init(codingPath: codingPath, debugDescription: "the array ends too early"))
            }
            defer { currentIndex += 1 }
            return ValueDecoder(
                value: elements[currentIndex], codingPath: codingPath + [Place(intValue: currentIndex)], log: log)
        }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: ValueDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.value == .null }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
    }
}
