/// Turns bytes of a terminal into keys: a state machine over bytes and time, without a terminal and without a clock.
///
/// What begins as a sequence ends as one key or as nothing, whole or split at any byte; none of its bytes is ever a typed
/// key. What a terminal answers to questions that others asked (device attributes, colours, clipboard, modes) is
/// swallowed. Times are milliseconds of a clock that only goes forward.
///
/// The caller takes what there is to read before it asks for what stands when nothing came: bytes that wait at the
/// deadline came in time.
struct KeyDecoder {
    /// Bytes that come so soon after each other were sent together; no finger is so fast.
    static let together: Int64 = 10
    /// A sequence is given up when nothing of it came for so long: a second, and what scheduling adds to it.
    static let patience: Int64 = 1200
    /// The same for a paste, whose rest would be taken for typed keys.
    static let pastePatience: Int64 = 2000
    /// The wait of a character that may begin the rest of a sequence whose ESC has become the Escape key.
    static let lateWait: Int64 = 25
    /// A string with more bytes, or one that goes on for longer, ends at the first pause.
    static let longestString = 1 << 20
    static let longestStringTime: Int64 = 10_000
    static let stringPause: Int64 = 100

    private enum State: Hashable {
        case ground
        /// After ESC; `isDouble` after two at once, which begin the sequence of a key with Alt.
        case escape(isDouble: Bool)
        case sequence(ControlSequence.Introducer, [UInt8])
        /// After ESC [ [: a function key of the kernel's console.
        case consoleFunction
        /// Bytes of an old mouse report, and how many there are in all.
        case report([UInt8], of: Int)
        case string(ControlString)
        case character(PartialCharacter, hasAlt: Bool)
        case paste(PasteCollector)
        /// An introducer soon after an Escape key: the late rest of its sequence, or typed.
        case late(UInt8)
    }

    private let escapeWait: Int64
    private let table: KeyTable
    private var state = State.ground
    /// When the latest byte came.
    private var latest: Int64 = 0
    /// Until when the rest of a sequence may come whose ESC was taken for the Escape key.
    private var lateUntil = Int64.min
    /// Whether an Escape stands before the sequence that has begun, and was its key pressed with Alt.
    private var followsEscape = false

    init(escapeWait: Int = EscapeWait.local, table: KeyTable = KeyTable()) {
        self.escapeWait = Int64(escapeWait)
        self.table = table
    }

    /// When `expire` has something to say; nil when nothing has begun.
    var deadline: Int64? {
        switch state {
        case .ground: nil
        case .escape: latest + escapeWait
        case .late: latest + Self.lateWait
        case .paste: latest + Self.pastePatience
        case .string(let string): latest + (string.isOverlong(at: latest) ? Self.stringPause : Self.patience)
        case .sequence, .consoleFunction, .report, .character: latest + Self.patience
        }
    }

    /// The keys that bytes complete.
    mutating func take(_ bytes: some Sequence<UInt8>, at now: Int64) -> [Key] {
        var keys: [Key] = []
        for byte in bytes {
            keys += take(byte, at: now)
            latest = now
        }
        return keys
    }

    /// The keys that stand when nothing came until the deadline: a lone Escape, a paste whose end mark was lost.
    mutating func expire(at now: Int64) -> [Key] {
        guard let deadline, deadline <= now else { return [] }
        let ended = state
        state = .ground
        switch ended {
        case .escape(let isDouble):
            lateUntil = latest + Self.patience
            return isDouble ? [.escape, .escape] : [.escape]
        case .late(let byte): return typed(Unicode.Scalar(byte))
        case .paste(let paste): return paste.key.map { [$0] } ?? []
        default: return precedingEscape()
        }
    }

    // MARK: - Bytes

    private mutating func take(_ byte: UInt8, at now: Int64) -> [Key] {
        switch state {
        case .ground: return ground(byte, at: now)
        case .escape(let isDouble): return escaped(byte, at: now, isDouble: isDouble)
        case .sequence(let introducer, let body): return sequence(introducer, body, byte)
        case .consoleFunction:
            state = .ground
            return finish(FunctionKeys.console(byte))
        case .report(let bytes, let count): return report(bytes + [byte], of: count)
        case .string(var string):
            state = string.take(byte) ? .ground : .string(string)
            return []
        case .character(var character, let hasAlt):
            switch character.add(byte) {
            case .needsMore:
                state = .character(character, hasAlt: hasAlt)
                return []
            case .whole(let scalar):
                state = .ground
                return hasAlt ? withAlt(scalar, at: now) : typed(scalar, at: now)
            case .broken:
                state = .ground
                return ground(byte, at: now)
            }
        case .paste(var paste):
            // Let go of, so that its bytes are not copied with each.
            state = .ground
            guard paste.take(byte) else {
                state = .paste(paste)
                return []
            }
            return paste.key.map { [$0] } ?? []
        case .late(let introducer):
            state = .ground
            lateUntil = .min
            _ = begin(introducer, at: now)
            return take(byte, at: now)
        }
    }

    private mutating func ground(_ byte: UInt8, at now: Int64) -> [Key] {
        let mayBeLate = now < lateUntil
        lateUntil = .min
        if byte == 0x1B {
            state = .escape(isDouble: false)
            return []
        }
        if mayBeLate, Self.introducers.contains(byte) {
            state = .late(byte)
            return []
        }
        if let character = PartialCharacter(leading: byte) {
            state = .character(character, hasAlt: false)
            return []
        }
        // A byte that no character begins with is a C1 control of a terminal that sends eight bits, or nothing.
        guard byte < 0x80 else { return control(byte, at: now, isRaw: true) }
        return typed(Unicode.Scalar(byte), at: now)
    }

    private mutating func escaped(_ byte: UInt8, at now: Int64, isDouble: Bool) -> [Key] {
        let isTogether = now - latest <= Self.together
        if byte == 0x1B {
            state = .escape(isDouble: isTogether)
            return isDouble || !isTogether ? [.escape] : []
        }
        state = .ground
        followsEscape = isDouble
        if begin(byte, at: now) {
            // Only keys are sent with a second ESC before them.
            if case .string = state { return precedingEscape() }
            return []
        }
        let before = precedingEscape()
        // Alt and a key are sent together; what comes later was typed after Escape.
        guard isTogether else { return before + [.escape] + ground(byte, at: now) }
        if let character = PartialCharacter(leading: byte) {
            state = .character(character, hasAlt: true)
            return before
        }
        return before + (byte < 0x80 ? withAlt(Unicode.Scalar(byte), at: now) : [])
    }

    // MARK: - Sequences

    /// The bytes that begin a sequence after ESC.
    private static let introducers = Set("[O]P_^X".utf8)

    /// False when no sequence begins with `byte` after ESC.
    private mutating func begin(_ byte: UInt8, at now: Int64) -> Bool {
        if let introducer = ControlSequence.Introducer(rawValue: byte) {
            state = .sequence(introducer, [])
        } else if Self.introducers.contains(byte) {
            state = .string(ControlString(begun: now))
        } else {
            return false
        }
        return true
    }

    /// A C1 control stands for ESC and the character 0x40 below it.
    private mutating func control(_ byte: UInt8, at now: Int64, isRaw: Bool) -> [Key] {
        // SS3 is ESC O, but no terminal sends N (SS2) or others.
        guard (0x80...0x9F).contains(byte) else { return [] }
        if begin(byte - 0x40, at: now), isRaw, case .string = state {
            state = .string(ControlString(begun: now, endsRaw: true))
        }
        return []
    }

    private mutating func sequence(
        _ introducer: ControlSequence.Introducer, _ body: [UInt8], _ byte: UInt8
    ) -> [Key] {
        if byte == 0x1B {
            // The sequence was cut off, and another begins.
            state = .escape(isDouble: false)
            return precedingEscape()
        }
        if introducer == .csi, body.isEmpty, byte == UInt8(ascii: "[") {
            state = .consoleFunction
            return []
        }
        guard ControlSequence.isFinal(byte, after: body) else {
            // Controls inside a sequence mean nothing and do not end it.
            let isPart = (0x20...0x3F).contains(byte) && body.count <= ControlSequence.longestBody
            state = .sequence(introducer, isPart ? body + [byte] : body)
            return []
        }
        state = .ground
        let whole = ControlSequence(introducer: introducer, body: body, final: byte)
        if let key = table[whole] { return finish(key) }
        switch whole.meaning {
        case .key(let key): return finish(key)
        case .nothing: return finish(nil)
        case .pasteBegins:
            state = .paste(PasteCollector())
            return precedingEscape()
        case .report(let count):
            state = .report([], of: count)
            return []
        }
    }

    /// The report of X10's protocol has three bytes, each 32 above what it says.
    private mutating func report(_ bytes: [UInt8], of count: Int) -> [Key] {
        if bytes.last == 0x1B {
            state = .escape(isDouble: false)
            return precedingEscape()
        }
        guard bytes.count == count else {
            state = .report(bytes, of: count)
            return []
        }
        state = .ground
        guard count == 3 else { return finish(nil) }
        let numbers = bytes.map { Int($0) - 32 }
        let event = MouseEvent(code: numbers[0], column: numbers[1], row: numbers[2], isRelease: false)
        return finish(event.map { .mouse($0) })
    }

    /// A sequence is whole. The Escape before it belongs to a key, as its Alt; before anything else it was a key.
    private mutating func finish(_ key: Key?) -> [Key] {
        let before = precedingEscape()
        return key.map { [$0] } ?? before
    }

    private mutating func precedingEscape() -> [Key] {
        defer { followsEscape = false }
        return followsEscape ? [.escape] : []
    }

    // MARK: - Single keys

    private mutating func typed(_ scalar: Unicode.Scalar, at now: Int64) -> [Key] {
        if (0x80..<0xA0).contains(scalar.value) { return control(UInt8(scalar.value), at: now, isRaw: false) }
        return typed(scalar)
    }

    /// Broken bytes come as replacement characters, which nobody types.
    private func typed(_ scalar: Unicode.Scalar) -> [Key] {
        scalar == "\u{FFFD}" ? [] : Key(typed: scalar).map { [$0] } ?? []
    }

    /// Of keys without a character only Shift-Tab of the kernel's console is sent so.
    private mutating func withAlt(_ scalar: Unicode.Scalar, at now: Int64) -> [Key] {
        if scalar == "\t" { return [.backTab] }
        guard case .character(let character)? = typed(scalar, at: now).first else { return [] }
        return [.alt(character)]
    }
}
