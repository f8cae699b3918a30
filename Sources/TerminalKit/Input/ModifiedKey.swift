/// A character with the keys held beside it, as kitty's protocol and xterm's modifyOtherKeys tell it.
struct ModifiedKey {
    /// Bits of the second number less one.
    private struct Held: OptionSet {
        let rawValue: Int
        static let shift = Held(rawValue: 1)
        static let alt = Held(rawValue: 2)
        static let control = Held(rawValue: 4)
        /// Super, hyper and meta, which mean nothing here.
        static let others: Held = [Held(rawValue: 8), Held(rawValue: 16), Held(rawValue: 32)]
        static let capsLock = Held(rawValue: 64)
    }

    private let code: Int
    /// What Shift makes of it on that keyboard; nil where the terminal does not say.
    private let shifted: Int?
    private let held: Held

    /// `ESC [ code : shifted ; modifiers ; text u`.
    init(kitty parameters: Parameters) {
        code = parameters[0]?.value ?? -1
        shifted = parameters[0]?.parts.dropFirst().first.flatMap { $0 } ?? parameters[2]?.value
        held = Self.held(parameters[1])
    }

    /// `ESC [ 27 ; modifiers ; code ~`; the code is what the keys make together.
    init(otherKeys parameters: Parameters) {
        code = parameters[2]?.value ?? -1
        shifted = code
        held = Self.held(parameters[1])
    }

    private static func held(_ parameter: Parameters.Parameter?) -> Held {
        Held(rawValue: max(0, min(255, (parameter?.value ?? 1)) - 1))
    }

    /// Nil for what means nothing here.
    var key: Key? {
        guard held.isDisjoint(with: .others) else { return nil }
        if let key = FunctionKeys.kitty[code] { return key }
        guard let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value) else { return nil }
        if held.contains(.control) {
            guard !held.contains(.alt), scalar.isASCII, scalar.properties.isAlphabetic else { return nil }
            return .control(Character(scalar.properties.lowercaseMapping))
        }
        guard let typed = held.contains(.shift) ? withShift(scalar) : withoutShift(scalar) else { return nil }
        guard held.contains(.alt) else { return typed }
        if case .character(let character) = typed { return .alt(character) }
        return nil
    }

    private func withoutShift(_ scalar: Unicode.Scalar) -> Key? {
        let isUpper = held.contains(.capsLock) && scalar.properties.isAlphabetic
        return isUpper ? Self.upper(scalar) : Key(typed: scalar)
    }

    private func withShift(_ scalar: Unicode.Scalar) -> Key? {
        if scalar == "\t" { return .backTab }
        if scalar.value <= 0x20 || scalar.value == 0x7F { return Key(typed: scalar) }
        if let shifted, let value = UInt32(exactly: shifted), let other = Unicode.Scalar(value) {
            return Key(typed: other)
        }
        // Only of letters is it known everywhere.
        return scalar.properties.isAlphabetic ? Self.upper(scalar) : nil
    }

    private static func upper(_ scalar: Unicode.Scalar) -> Key? {
        let mapped = scalar.properties.uppercaseMapping
        return mapped.count == 1 ? mapped.first.map { .character($0) } : Key(typed: scalar)
    }
}

extension Key {
    /// What one scalar types: a control key or a character. Nil for what nobody types, such as C1 controls, private
    /// characters and unassigned code points of kitty's protocol.
    init?(typed scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x0A, 0x0D: self = .enter
        case 0x09: self = .tab
        case 0x1B: self = .escape
        case 0x08, 0x7F: self = .backspace
        case 0x00: self = .control(" ")
        case 0x01...0x1A: self = .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x60)))
        case 0x1C...0x1F: self = .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x40)))
        case 0x80..<0xA0: return nil
        default:
            guard scalar.properties.generalCategory != .privateUse else { return nil }
            self = .character(Character(scalar))
        }
    }
}
