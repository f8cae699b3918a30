import ModelFiles

/// What `ValueDecoder` hands to the initializers of `Decodable` types: each value goes back through its `child` and `decode`.
extension ValueDecoder {
    private struct Place: CodingKey {
        let index: Int
        var stringValue: String { "\(index)" }
        var intValue: Int? { index }
        init?(stringValue: String) { nil }
        init(intValue: Int) { index = intValue }
    }

    private enum Ancestor: String, CodingKey {
        case ancestor = "super"
    }

    struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ValueDecoder
        let members: [String: JSONValue]
        var codingPath: [any CodingKey] { decoder.codingPath }
        var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

        func contains(_ key: Key) -> Bool {
            decoder.log?.read(key.stringValue, at: codingPath)
            return members[key.stringValue] != nil
        }
        func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }
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
            try decoder.child(members["super"] ?? .null, at: Ancestor.ancestor)
        }
        func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

        private func value(_ key: Key) throws -> JSONValue {
            decoder.log?.read(key.stringValue, at: codingPath)
            guard let value = members[key.stringValue] else {
                throw WireFault(field: WireFault.name(codingPath + [key]), value: nil, reason: "missing")
            }
            return value
        }

        private func decoder(_ key: Key) throws -> ValueDecoder { try decoder.child(try value(key), at: key) }
    }

    struct Elements: UnkeyedDecodingContainer {
        let decoder: ValueDecoder
        let elements: [JSONValue]
        var codingPath: [any CodingKey] { decoder.codingPath }
        var currentIndex = 0
        var count: Int? { elements.count }
        var isAtEnd: Bool { currentIndex >= elements.count }

        init(decoder: ValueDecoder, elements: [JSONValue]) {
            self.decoder = decoder
            self.elements = elements
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
            guard !isAtEnd else { throw decoder.fault("too few elements") }
            defer { currentIndex += 1 }
            return try decoder.child(elements[currentIndex], at: Place(intValue: currentIndex))
        }
    }

    struct Single: SingleValueDecodingContainer {
        let decoder: ValueDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.value == .null }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
    }
}
