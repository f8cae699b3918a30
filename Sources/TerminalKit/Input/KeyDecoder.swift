import CNcurses

/// Turns what ncurses reads into keys. A struct without a terminal, so that tests can feed it.
///
/// ncurses recognises the sequences of the terminal's description; what it does not know arrives scalar by scalar and is
/// parsed here, so that no stray `[1;5A` is taken for typed keys.
struct KeyDecoder {
    /// What a read brought.
    enum Input: Hashable {
        /// A scalar, typed or part of a sequence that ncurses does not know.
        case scalar(UInt32)
        /// A key code of ncurses (`KEY_UP`), or one of the two below.
        case code(Int32)
    }

    /// Codes given to the marks around a bracketed paste; above all that ncurses gives out itself.
    static let pasteBegin: Int32 = 4001
    static let pasteEnd: Int32 = 4002
    /// A paste longer than this is cut.
    static let pasteLimit = 64 << 10
    private static let sequenceLimit = 32

    private enum State: Hashable {
        case ground
        case escape
        case sequence(String)
        /// After ESC O.
        case single
        /// After ESC [ M: three values of a mouse report of before SGR.
        case report([UInt32])
        /// After ESC [ [: a function key of the kernel's console.
        case consoleFunction
    }

    private var state = State.ground
    private var pasted: String?

    /// Whether more input is needed to know what was pressed.
    var isPending: Bool { state != .ground || pasted != nil }

    var isPasting: Bool { pasted != nil }

    /// How many milliseconds to wait for the rest. Short for Escape alone, for which ncurses has waited already; long
    /// inside a paste, whose rest would be taken for typed keys.
    var patience: Int {
        if isPasting { return 1000 }
        return switch state {
        case .ground: 0
        case .escape: 10
        case .single, .sequence, .report, .consoleFunction: 60
        }
    }

    /// The keys that one input completes.
    mutating func take(_ input: Input) -> [Key] {
        switch input {
        case .code(let code):
            let before = leaveEscape()
            return before + take(code: code)
        case .scalar(let value): return take(scalar: value)
        }
    }

    /// The keys that stand when nothing more comes: a lone Escape, a paste whose end mark was lost.
    mutating func finish() -> [Key] {
        let keys = leaveEscape()
        return keys + endPaste()
    }

    // MARK: - Sequences

    private mutating func leaveEscape() -> [Key] {
        defer { state = .ground }
        return state == .escape && pasted == nil ? [.escape] : []
    }

    private mutating func take(scalar value: UInt32) -> [Key] {
        switch state {
        case .ground:
            guard value == 0x1B else { return plain(value) }
            state = .escape
            return []
        case .escape:
            switch value {
            case 0x5B:
                state = .sequence("")
                return []
            case 0x4F:
                state = .single
                return []
            case 0x1B: return pasted == nil ? [.escape] : []
            default: return leaveEscape() + plain(value)
            }
        case .single:
            state = .ground
            return pasted == nil ? final(value, []) : []
        case .consoleFunction:
            state = .ground
            return pasted == nil && (0x41...0x45).contains(value) ? [.function(Int(value) - 0x40)] : []
        case .report(let values):
            state = values.count < 2 ? .report(values + [value]) : .ground
            return values.count < 2 ? [] : report(values + [value])
        case .sequence(let text):
            if text.isEmpty, value == 0x5B {
                state = .consoleFunction
                return []
            }
            if text.isEmpty, value == 0x4D, pasted == nil {
                state = .report([])
                return []
            }
            // An Escape in the middle: the sequence was cut off, and another begins.
            if value == 0x1B {
                state = .escape
                return []
            }
            guard (0x20...0x7E).contains(value), let scalar = Unicode.Scalar(value),
                text.count < KeyDecoder.sequenceLimit
            else {
                state = .ground
                return []
            }
            // rxvt ends its shifted keys with a dollar sign, which elsewhere belongs to the middle.
            let isShifted = value == 0x24 && text.allSatisfy(\.isNumber) && !text.isEmpty
            guard value >= 0x40 || isShifted else {
                state = .sequence(text + String(scalar))
                return []
            }
            state = .ground
            if isShifted { return sequence(text, final: 0x7E) }
            return sequence(text, final: value)
        }
    }

    /// One parameter of a sequence: `5`, or `5:3` with a part of its own.
    private struct Parameter {
        let value: Int
        let part: Int?

        init(_ text: Substring) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            value = parts.first.flatMap { Int($0) } ?? -1
            part = parts.dropFirst().first.flatMap { Int($0) }
        }
    }

    private mutating func sequence(_ text: String, final value: UInt32) -> [Key] {
        let isMouse = text.hasPrefix("<")
        let parameters = text.drop { $0 == "<" }.split(separator: ";", omittingEmptySubsequences: false).map {
            Parameter($0)
        }
        if value == 0x7E, parameters.first?.value == 201 { return endPaste() }
        guard pasted == nil else { return [] }
        if value == 0x7E, parameters.first?.value == 200 {
            pasted = ""
            return []
        }
        guard isMouse else { return final(value, parameters) }
        guard parameters.count == 3, value == 0x4D || value == 0x6D else { return [] }
        return MouseEvent(
            code: parameters[0].value, column: parameters[1].value, row: parameters[2].value, isRelease: value == 0x6D
        ).map { [.mouse($0)] } ?? []
    }

    /// A mouse report of before SGR: each value 32 above what it says.
    private func report(_ values: [UInt32]) -> [Key] {
        let numbers = values.map { Int($0) - 32 }
        return MouseEvent(code: numbers[0], column: numbers[1], row: numbers[2], isRelease: false).map { [.mouse($0)] }
            ?? []
    }

    /// The final character of a CSI or SS3 sequence; modifiers are ignored but for Control with a character.
    private mutating func final(_ value: UInt32, _ parameters: [Parameter]) -> [Key] {
        // The release of a key, as the kitty protocol tells it.
        if parameters.count > 1, parameters[1].part == 3 { return [] }
        guard let letter = UInt8(exactly: value) else { return [] }
        return switch letter {
        case UInt8(ascii: "A"), UInt8(ascii: "a"): [.up]
        case UInt8(ascii: "B"), UInt8(ascii: "b"): [.down]
        case UInt8(ascii: "C"): [.right]
        case UInt8(ascii: "c") where parameters.isEmpty: [.right]
        case UInt8(ascii: "D"), UInt8(ascii: "d"): [.left]
        case UInt8(ascii: "H"): [.home]
        case UInt8(ascii: "F"): [.end]
        case UInt8(ascii: "M"): parameters.isEmpty ? [.enter] : []
        case UInt8(ascii: "Z"): [.backTab]
        case UInt8(ascii: "P")...UInt8(ascii: "S"): [.function(Int(value) - 0x4F)]
        case UInt8(ascii: "u"): modified(parameters.first, by: parameters.dropFirst().first)
        // xterm's modifyOtherKeys.
        case UInt8(ascii: "~") where parameters.count == 3 && parameters[0].value == 27:
            modified(parameters[2], by: parameters[1])
        case UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: "@"):
            parameters.first.flatMap { KeyDecoder.tildeKeys[$0.value] }.map { [$0] } ?? []
        default: []
        }
    }

    /// A character with its modifiers told apart; Alt and Super with a character mean nothing here.
    private mutating func modified(_ character: Parameter?, by modifiers: Parameter?) -> [Key] {
        guard let character, let value = UInt32(exactly: character.value) else { return [] }
        let held = max(0, (modifiers?.value ?? 1) - 1)
        guard held & 0b1010 == 0 else { return [] }
        guard held & 4 != 0 else { return plain(value) }
        guard let scalar = Unicode.Scalar(value), scalar.isASCII, scalar.properties.isAlphabetic else { return [] }
        return [.control(Character(scalar.properties.lowercaseMapping))]
    }

    private static let tildeKeys: [Int: Key] = [
        1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end,
        11: .function(1), 12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5), 17: .function(6),
        18: .function(7), 19: .function(8), 20: .function(9), 21: .function(10), 23: .function(11), 24: .function(12),
    ]

    // MARK: - Single keys

    private mutating func plain(_ value: UInt32) -> [Key] {
        if pasted != nil {
            if let scalar = Unicode.Scalar(value) { append(scalar) }
            return []
        }
        switch value {
        case 0x0A, 0x0D: return [.enter]
        case 0x09: return [.tab]
        case 0x1B: return [.escape]
        case 0x08, 0x7F: return [.backspace]
        case 0x00: return [.control(" ")]
        case 0x01...0x1A: return [.control(Character(Unicode.Scalar(UInt8(value) + 0x60)))]
        case 0x1C...0x1F: return [.control(Character(Unicode.Scalar(UInt8(value) + 0x40)))]
        case 0x80..<0xA0: return []
        default:
            // Format and private characters are not typed but injected.
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .privateUse else {
                return []
            }
            return [.character(Character(scalar))]
        }
    }

    private mutating func take(code: Int32) -> [Key] {
        if code == KeyDecoder.pasteEnd { return endPaste() }
        guard pasted == nil else { return [] }
        if code == KeyDecoder.pasteBegin {
            pasted = ""
            return []
        }
        if code > KEY_F0, code <= KEY_F0 + 63 { return [.function(Int(code - KEY_F0))] }
        return KeyDecoder.codes[code].map { [$0] } ?? []
    }

    private static let codes: [Int32: Key] = [
        KEY_UP: .up, KEY_DOWN: .down, KEY_LEFT: .left, KEY_RIGHT: .right,
        KEY_SR: .up, KEY_SF: .down, KEY_SLEFT: .left, KEY_SRIGHT: .right,
        KEY_HOME: .home, KEY_END: .end, KEY_PPAGE: .pageUp, KEY_NPAGE: .pageDown,
        KEY_SHOME: .home, KEY_SEND: .end, KEY_FIND: .home, KEY_SELECT: .end,
        KEY_A1: .home, KEY_A3: .pageUp, KEY_C1: .end, KEY_C3: .pageDown,
        KEY_ENTER: .enter, KEY_BTAB: .backTab, KEY_BACKSPACE: .backspace, KEY_DC: .delete, KEY_SDC: .delete,
        KEY_IC: .insert,
    ]

    // MARK: - Paste

    private mutating func append(_ scalar: Unicode.Scalar) {
        guard let length = pasted?.utf8.count, length + 4 <= KeyDecoder.pasteLimit else { return }
        pasted?.unicodeScalars.append(scalar)
    }

    private mutating func endPaste() -> [Key] {
        guard let text = pasted else { return [] }
        pasted = nil
        return text.isEmpty ? [] : [.paste(Sanitiser.text(text))]
    }
}
