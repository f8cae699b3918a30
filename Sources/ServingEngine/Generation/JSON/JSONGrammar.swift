/// Where a text stands on its way to one JSON object (RFC 8259), byte by byte: which byte may come next follows from this
/// alone. Strings are valid UTF-8. Escapes of surrogates are not allowed, because half a pair is no character; the characters
/// themselves are. Numbers are finite in every reader's double, and end.
struct JSONGrammar: Hashable, Sendable {
    private enum Place: UInt8 {
        /// Before the object.
        case start
        /// After `{`, and after a comma in an object.
        case firstKey, nextKey
        /// After a key.
        case colon
        /// After a colon, and after a comma in an array.
        case value
        /// After `[`.
        case firstElement
        case afterValue
        /// The object is closed.
        case done
        case string, escape, unicode, continuation
        case minus, zero, integer, point, fraction, exponent, exponentSign, exponentDigits
        case literal
    }

    private enum Literal: UInt8 {
        case yes, no, none

        var bytes: StaticString {
            switch self {
            case .yes: "true"
            case .no: "false"
            case .none: "null"
            }
        }
    }

    /// Objects and arrays inside each other at most.
    static let maxDepth = 64
    /// Digits before the point, after it, and of the exponent at most.
    private static let maxDigits: (integer: UInt8, fraction: UInt8, exponent: UInt8) = (15, 17, 2)

    private var place = Place.start
    private var isKey = false
    private var literal = Literal.none
    /// Bytes of an escape or a character that are missing, bytes of a literal that are there, or digits of a number's part.
    private var count: UInt8 = 0
    /// What the next byte of a character may be.
    private var low: UInt8 = 0
    private var high: UInt8 = 0
    private var depth: UInt8 = 0
    /// A bit a level, the innermost lowest: 1 is an object.
    private var levels: UInt64 = 0
    /// Whether blanks between values are refused for now.
    var refusesBlanks = false

    var isComplete: Bool { place == .done }
    /// Inside a string, where any plain character may come.
    var isInString: Bool { place == .string }
    /// Between values, where blanks mean nothing.
    var isBetween: Bool { place.rawValue < Place.done.rawValue }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Takes the next byte in; false when it may not come, and then this means nothing any more.
    mutating func take(_ byte: UInt8) -> Bool {
        switch place {
        case .start, .firstKey, .nextKey, .colon, .value, .firstElement, .afterValue: takeBetween(byte)
        case .done: false
        case .string, .escape, .unicode, .continuation: takeInString(byte)
        case .minus, .zero, .integer, .point, .fraction, .exponent, .exponentSign, .exponentDigits: takeInNumber(byte)
        case .literal: takeInLiteral(byte)
        }
    }

    private mutating func go(_ next: Place) -> Bool {
        place = next
        return true
    }

    // MARK: Structure

    private mutating func takeBetween(_ byte: UInt8) -> Bool {
        if Self.isBlank(byte) { return !refusesBlanks }
        switch place {
        case .start: return byte == UInt8(ascii: "{") && open(isObject: true)
        case .firstKey: return byte == UInt8(ascii: "}") ? close() : beginKey(byte)
        case .nextKey: return beginKey(byte)
        case .colon: return byte == UInt8(ascii: ":") && go(.value)
        case .firstElement: return byte == UInt8(ascii: "]") ? close() : beginValue(byte)
        case .value: return beginValue(byte)
        default: break
        }
        switch byte {
        case UInt8(ascii: ","): return go(isInObject ? .nextKey : .value)
        case UInt8(ascii: "}"): return isInObject && close()
        case UInt8(ascii: "]"): return !isInObject && close()
        default: return false
        }
    }

    private mutating func beginKey(_ byte: UInt8) -> Bool {
        guard byte == UInt8(ascii: "\"") else { return false }
        isKey = true
        return go(.string)
    }

    private var isInObject: Bool { levels & 1 == 1 }

    private mutating func open(isObject: Bool) -> Bool {
        guard depth < Self.maxDepth else { return false }
        depth += 1
        levels = levels << 1 | (isObject ? 1 : 0)
        return go(isObject ? .firstKey : .firstElement)
    }

    private mutating func close() -> Bool {
        depth -= 1
        levels >>= 1
        return go(depth == 0 ? .done : .afterValue)
    }

    private mutating func beginValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"): return open(isObject: true)
        case UInt8(ascii: "["): return open(isObject: false)
        case UInt8(ascii: "\""):
            isKey = false
            return go(.string)
        case UInt8(ascii: "-"): return go(.minus)
        case UInt8(ascii: "0"): return go(.zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): return goDigit(.integer)
        case UInt8(ascii: "t"): return begin(.yes)
        case UInt8(ascii: "f"): return begin(.no)
        case UInt8(ascii: "n"): return begin(.none)
        default: return false
        }
    }

    // MARK: Literals

    private mutating func begin(_ word: Literal) -> Bool {
        literal = word
        count = 1
        return go(.literal)
    }

    private mutating func takeInLiteral(_ byte: UInt8) -> Bool {
        let bytes = literal.bytes
        guard byte == bytes.utf8Start[Int(count)] else { return false }
        count += 1
        if Int(count) == bytes.utf8CodeUnitCount {
            count = 0
            literal = .none
            place = .afterValue
        }
        return true
    }

    // MARK: Strings

    private mutating func takeInString(_ byte: UInt8) -> Bool {
        switch place {
        case .escape:
            switch byte {
            case UInt8(ascii: "u"):
                count = 4
                high = 0
                return go(.unicode)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                return go(.string)
            default: return false
            }
        case .unicode: return takeHex(byte)
        case .continuation:
            guard (low...high).contains(byte) else { return false }
            count -= 1
            return count == 0 ? endCharacter() : expect(count, 0x80, 0xBF)
        default: break
        }
        switch byte {
        case UInt8(ascii: "\""):
            defer { isKey = false }
            return go(isKey ? .colon : .afterValue)
        case UInt8(ascii: "\\"): return go(.escape)
        case 0x20..<0x80: return true
        // Unicode, table 3-7.
        case 0xC2...0xDF: return expect(1, 0x80, 0xBF)
        case 0xE0: return expect(2, 0xA0, 0xBF)
        case 0xED: return expect(2, 0x80, 0x9F)
        case 0xE1...0xEF: return expect(2, 0x80, 0xBF)
        case 0xF0: return expect(3, 0x90, 0xBF)
        case 0xF1...0xF3: return expect(3, 0x80, 0xBF)
        case 0xF4: return expect(3, 0x80, 0x8F)
        default: return false
        }
    }

    private mutating func expect(_ missing: UInt8, _ low: UInt8, _ high: UInt8) -> Bool {
        count = missing
        self.low = low
        self.high = high
        return go(.continuation)
    }

    private mutating func endCharacter() -> Bool {
        count = 0
        low = 0
        high = 0
        return go(.string)
    }

    /// `high` says that the first digit was a D: the second must not make a surrogate of it.
    private mutating func takeHex(_ byte: UInt8) -> Bool {
        let value: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
        default: return false
        }
        if count == 3, high == 1, value >= 8 { return false }
        high = count == 4 && value == 0xD ? 1 : 0
        count -= 1
        return count == 0 ? endCharacter() : true
    }

    // MARK: Numbers

    private mutating func takeInNumber(_ byte: UInt8) -> Bool {
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        let isExponent = byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        switch place {
        case .minus where isDigit:
            return byte == UInt8(ascii: "0") ? go(.zero) : goDigit(.integer)
        case .point where isDigit: return goDigit(.fraction)
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): return go(.exponentSign)
        case .exponent where isDigit, .exponentSign where isDigit: return goDigit(.exponentDigits)
        case .minus, .point, .exponent, .exponentSign: return false
        case .integer where isDigit: return count < Self.maxDigits.integer && goDigit(.integer)
        case .fraction where isDigit: return count < Self.maxDigits.fraction && goDigit(.fraction)
        case .exponentDigits where isDigit: return count < Self.maxDigits.exponent && goDigit(.exponentDigits)
        default: break
        }
        count = 0
        switch place {
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."): return go(.point)
        case .zero where isExponent, .integer where isExponent, .fraction where isExponent: return go(.exponent)
        default:
            place = .afterValue
            return takeBetween(byte)
        }
    }

    private mutating func goDigit(_ part: Place) -> Bool {
        count += 1
        return go(part)
    }
}
