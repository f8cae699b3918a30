/// What the mouse did at a cell.
public struct MouseEvent: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case press, release
        /// Moved with a button held.
        case drag
        case wheelUp, wheelDown
    }

    /// The button of a press, release or drag; `left` with the wheel.
    public enum Button: Hashable, Sendable {
        case left, middle, right
    }

    /// Keys held at the same time; terminals keep Shift for themselves, mostly, to select text.
    public struct Modifiers: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let shift = Modifiers(rawValue: 4)
        public static let alt = Modifiers(rawValue: 8)
        public static let control = Modifiers(rawValue: 16)
    }

    public let x: Int
    public let y: Int
    public let action: Action
    public let button: Button
    public let modifiers: Modifiers

    public init(x: Int, y: Int, action: Action, button: Button = .left, modifiers: Modifiers = []) {
        self.x = x
        self.y = y
        self.action = action
        self.button = button
        self.modifiers = modifiers
    }
}

extension MouseEvent {
    /// A report of xterm's mouse protocols: a code, a column and a row from 1. Nil for what means nothing here: sideways
    /// wheels, extra buttons, movement without a button, places that are none.
    init?(code: Int, column: Int, row: Int, isRelease: Bool) {
        guard (0..<256).contains(code), (1...Self.farthest).contains(column), (1...Self.farthest).contains(row) else {
            return nil
        }
        let modifiers = Modifiers(rawValue: UInt8(code & 0x1C))
        let action: Action
        var button = Button.left
        switch code & ~0x3C {
        case 0, 1, 2:
            button = [.left, .middle, .right][code & 3]
            action = isRelease ? .release : code & 0x20 != 0 ? .drag : .press
        case 3 where code & 0x20 == 0: action = .release
        case 64 where !isRelease: action = .wheelUp
        case 65 where !isRelease: action = .wheelDown
        default: return nil
        }
        self.init(x: column - 1, y: row - 1, action: action, button: button, modifiers: modifiers)
    }

    /// No screen is larger.
    private static let farthest = 10_000
}
