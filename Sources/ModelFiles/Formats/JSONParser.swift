/// A recursive-descent reader of RFC 8259 with bounds on depth and on the number of values.
struct JSONParser: JSONCursor {
    private static let depthLimit = 64
    private static let valueLimit = 1 << 22

    let bytes: UnsafeRawBufferPointer
    let path: String
    var position = 0
    private var values = 0

    init(bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    mutating func document() throws(ModelFileError) -> JSONValue {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("text follows the document") }
        return value
    }

    private mutating func value(depth: Int) throws(ModelFileError) -> JSONValue {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit)") }
        values += 1
        guard values <= Self.valueLimit else { throw error("more than \(Self.valueLimit) values") }
        guard let byte = peek else { throw error("the text ends too early") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value is expected")
        }
    }

    private mutating func object(depth: Int) throws(ModelFileError) -> [String: JSONValue] {
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("a key is expected") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error("\":\" is expected") }
            skipSpace()
            let member = try value(depth: depth + 1)
            guard members.updateValue(member, forKey: key) == nil else {
                throw error("the key \"\(key)\" is there twice")
            }
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw error("\",\" or \"}\" is expected") }
        }
    }

    private mutating func array(depth: Int) throws(ModelFileError) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw error("\",\" or \"]\" is expected") }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(ModelFileError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard end <= bytes.count, bytes[position..<end].elementsEqual(expected) else {
            throw error("a value is expected")
        }
        position = end
        return value
    }

    private mutating func number() throws(ModelFileError) -> JSONValue {
        let start = position
        _ = take("-")
        let whole = digits()
        guard whole > 0 else { throw error("a digit is expected") }
        let first = bytes[position - whole]
        guard whole == 1 || first != UInt8(ascii: "0") else { throw error("a number starts with 0") }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard digits() > 0 else { throw error("a digit is expected") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw error("a digit is expected") }
        }
        guard position - start <= 1024 else { throw error("a number of \(position - start) digits") }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .int(value) }
        if isInteger, let value = UInt64(text) { return .unsigned(value) }
        guard let value = Double(text), value.isFinite else {
            throw error("the number \(text.prefix(40)) is out of range")
        }
        return .double(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func string() throws(ModelFileError) -> String {
        position += 1
        var buffer: [UInt8] = []
        while true {
            let start = position
            while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 32 { position += 1 }
            buffer.append(contentsOf: bytes[start..<position])
            guard let byte = peek else { throw error("the text ends inside a string") }
            guard byte >= 32 else { throw error("a control character stands in a string") }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            try escape(into: &buffer)
        }
        guard let text = String(validating: buffer, as: UTF8.self) else { throw error("a string is not valid UTF-8") }
        return text
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(ModelFileError) {
        guard let byte = peek else { throw error("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(8)
        case UInt8(ascii: "f"): buffer.append(12)
        case UInt8(ascii: "n"): buffer.append(10)
        case UInt8(ascii: "r"): buffer.append(13)
        case UInt8(ascii: "t"): buffer.append(9)
        case UInt8(ascii: "u"):
            var code = try hex4()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u") else { throw error("half a surrogate pair") }
                let low = try hex4()
                guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
            buffer.append(contentsOf: String(scalar).utf8)
        default: throw error("an unknown escape")
        }
    }

    private mutating func hex4() throws(ModelFileError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits are expected")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
