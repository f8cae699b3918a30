/// What the keys without a character send, over all terminals since the VT220.
enum FunctionKeys {
    /// `ESC [ n ~`: editing keys of VT220 (1 to 6) and rxvt (7, 8), function keys with the gaps of DEC's keyboards.
    static let numbered: [Int: Key] = [
        1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end,
        11: .function(1), 12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5), 17: .function(6),
        18: .function(7), 19: .function(8), 20: .function(9), 21: .function(10), 23: .function(11), 24: .function(12),
        25: .function(13), 26: .function(14), 28: .function(15), 29: .function(16), 31: .function(17),
        32: .function(18), 33: .function(19), 34: .function(20),
    ]

    /// The final byte of `ESC [ A`, with or without modifiers.
    static let lettered: [UInt8: Key] = [
        UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left,
        UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end, UInt8(ascii: "Z"): .backTab,
        UInt8(ascii: "P"): .function(1), UInt8(ascii: "Q"): .function(2), UInt8(ascii: "R"): .function(3),
        UInt8(ascii: "S"): .function(4),
    ]

    /// The final byte of `ESC O A`: arrows and function keys in application mode, rxvt's arrows with Control, and the
    /// keypad, which means here what stands on it beside its digits.
    static let singleShift: [UInt8: Key] = lettered.merging([
        UInt8(ascii: "a"): .up, UInt8(ascii: "b"): .down, UInt8(ascii: "c"): .right, UInt8(ascii: "d"): .left,
        UInt8(ascii: "M"): .enter, UInt8(ascii: "I"): .tab,
        UInt8(ascii: "w"): .home, UInt8(ascii: "x"): .up, UInt8(ascii: "y"): .pageUp,
        UInt8(ascii: "t"): .left, UInt8(ascii: "v"): .right,
        UInt8(ascii: "q"): .end, UInt8(ascii: "r"): .down, UInt8(ascii: "s"): .pageDown,
        UInt8(ascii: "p"): .insert, UInt8(ascii: "n"): .delete,
    ]) { $1 }

    /// The code points that kitty's protocol gives to keys without a character.
    static let kitty: [Int: Key] = [
        57414: .enter, 57417: .left, 57418: .right, 57419: .up, 57420: .down, 57421: .pageUp, 57422: .pageDown,
        57423: .home, 57424: .end, 57425: .insert, 57426: .delete,
    ]

    /// The kernel's console: `ESC [ [ A` to `E`.
    static func console(_ final: UInt8) -> Key? {
        (0x41...0x45).contains(final) ? .function(Int(final) - 0x40) : nil
    }
}
