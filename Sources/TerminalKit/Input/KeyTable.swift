import CNcurses

/// How one terminal spells its keys, by its description: for consoles with spellings of their own (`ESC [ M` is F1 on a
/// BSD console and a mouse report elsewhere).
struct KeyTable {
    private var keys: [[UInt8]: Key]

    init(_ keys: [[UInt8]: Key] = [:]) { self.keys = keys }

    subscript(sequence: ControlSequence) -> Key? { keys.isEmpty ? nil : keys[sequence.bytes] }

    /// Of the description that ncurses has loaded: what it writes as a control sequence.
    static func loaded() -> KeyTable {
        var keys: [[UInt8]: Key] = [:]
        for (name, key) in capabilities {
            guard let value = nc_string(name) else { continue }
            let bytes = Array(String(cString: value).utf8)
            guard bytes.count > 2, bytes[0] == 0x1B, ControlSequence.Introducer(rawValue: bytes[1]) != nil else {
                continue
            }
            keys[bytes] = key
        }
        return KeyTable(keys)
    }

    private static let capabilities: [(String, Key)] =
        (1...12).map { ("kf\($0)", .function($0)) } + [
            ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
            ("kpp", .pageUp), ("knp", .pageDown), ("kich1", .insert), ("kdch1", .delete), ("kcbt", .backTab),
            ("kent", .enter), ("ka1", .home), ("ka3", .pageUp), ("kc1", .end), ("kc3", .pageDown),
        ]
}
