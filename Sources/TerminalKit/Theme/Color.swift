/// A colour in sRGB, 8 bits a channel.
public struct RGB: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// `#rrggbb`; nil for anything else.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 7, hex.first == "#", hex.dropFirst().allSatisfy(\.isHexDigit),
            let value = UInt32(hex.dropFirst(), radix: 16)
        else { return nil }
        self.init(UInt8(value >> 16), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF))
    }

    /// A mixture: `self` at 0, `other` at 1.
    func mixed(with other: RGB, _ share: Double) -> RGB {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Double(a) + (Double(b) - Double(a)) * share).rounded()) }
        return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }

    /// The nearest of xterm's colours 16 to 255 (6x6x6 cube and grey ramp); 0 to 15 belong to the user's palette.
    public var nearestIndexed: Int {
        let steps = RGB.cubeSteps
        func level(_ value: UInt8) -> Int {
            steps.indices.min { abs(steps[$0] - Int(value)) < abs(steps[$1] - Int(value)) } ?? 0
        }
        let (r, g, b) = (level(red), level(green), level(blue))
        let cube = RGB(UInt8(steps[r]), UInt8(steps[g]), UInt8(steps[b]))
        let mean = (Int(red) + Int(green) + Int(blue)) / 3
        let ramp = min(23, max(0, (mean - 3) / 10))
        let grey = UInt8(8 + 10 * ramp)
        return distance(to: RGB(grey, grey, grey)) < distance(to: cube) ? 232 + ramp : 16 + 36 * r + 6 * g + b
    }

    /// What xterm shows for one of its colours 16 to 255; nil for the rest.
    public init?(indexed index: Int) {
        switch index {
        case 16...231:
            let steps = RGB.cubeSteps
            let cube = index - 16
            self.init(UInt8(steps[cube / 36]), UInt8(steps[cube / 6 % 6]), UInt8(steps[cube % 6]))
        case 232...255:
            let grey = UInt8(8 + 10 * (index - 232))
            self.init(grey, grey, grey)
        default: return nil
        }
    }

    private static let cubeSteps = [0, 95, 135, 175, 215, 255]

    /// Squared, weighted as the eye weighs the channels (compuphase's "redmean", simplified).
    private func distance(to other: RGB) -> Int {
        let (r, g, b) = (Int(red) - Int(other.red), Int(green) - Int(other.green), Int(blue) - Int(other.blue))
        return 3 * r * r + 6 * g * g + 2 * b * b
    }
}

/// A colour as a terminal of some depth takes it.
public enum TerminalColor: Hashable, Sendable {
    /// The terminal's own foreground or background.
    case standard
    /// 0 to 15 from the user's palette, 16 to 255 as xterm defines them.
    case indexed(Int)
    case rgb(RGB)
}

/// Attributes that every terminal knows.
public struct TextAttributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bold = TextAttributes(rawValue: 1)
    public static let dim = TextAttributes(rawValue: 2)
    public static let reverse = TextAttributes(rawValue: 4)
    public static let underline = TextAttributes(rawValue: 8)

    static let names: [String: TextAttributes] = [
        "bold": .bold, "dim": .dim, "reverse": .reverse, "underline": .underline,
    ]
}

/// What a cell looks like on a terminal of one depth.
public struct ResolvedStyle: Hashable, Sendable {
    public var foreground: TerminalColor
    public var background: TerminalColor
    public var attributes: TextAttributes

    /// Whether a blank in it shows its background alone.
    var isBlankLike: Bool { attributes.isDisjoint(with: [.reverse, .underline]) }
}
