/// Writes changes of colour and attributes as SGR sequences (ECMA-48 8.3.117), each as short as can be.
struct StyleSequence {
    private let abilities: TerminalAbilities
    /// What the terminal draws with; nil when unknown.
    private var current: ResolvedStyle?

    init(abilities: TerminalAbilities) { self.abilities = abilities }

    /// Somebody else may have written to the terminal.
    mutating func forget() { current = nil }

    /// Whether the terminal draws in a style now.
    func draws(_ style: ResolvedStyle) -> Bool { current == shown(style) }

    /// Whether a blank looks now as it would in a style: it shows no ink, and so neither its colour nor its weight.
    func drawsBlank(_ style: ResolvedStyle) -> Bool {
        guard let current else { return false }
        return style.isBlankLike && current.isBlankLike && current.background == style.background
    }

    /// Appends what makes the terminal draw in `wanted`.
    mutating func change(to wanted: ResolvedStyle, into bytes: inout [UInt8]) {
        let wanted = shown(wanted)
        guard wanted != current else { return }
        let none = ResolvedStyle(foreground: .standard, background: .standard, attributes: [])
        let afresh = ["0"] + Self.codes(from: none, to: wanted)
        var codes = current.flatMap { taking($0, to: wanted) } ?? afresh
        // In true colour a reset costs both colours again.
        if codes.joined(separator: ";").utf8.count > afresh.joined(separator: ";").utf8.count { codes = afresh }
        current = wanted
        if codes.isEmpty { return }
        bytes += Array("\u{1B}[\(codes == ["0"] ? "" : codes.joined(separator: ";"))m".utf8)
    }

    /// The codes that take attributes away one by one and add the rest; nil where the terminal may not know them.
    private func taking(_ known: ResolvedStyle, to wanted: ResolvedStyle) -> [String]? {
        let lost = known.attributes.subtracting(wanted.attributes)
        guard !lost.isEmpty else { return Self.codes(from: known, to: wanted) }
        // The VT100 knows them all at once only; whatever shows colours knows each.
        guard abilities.colors >= 8 else { return nil }
        var codes: [String] = []
        var left = known
        left.attributes.subtract(lost)
        if !lost.isDisjoint(with: [.bold, .dim]) {
            codes.append("22")
            left.attributes.subtract([.bold, .dim])
        }
        if lost.contains(.underline) { codes.append("24") }
        if lost.contains(.reverse) { codes.append("27") }
        return codes + Self.codes(from: left, to: wanted)
    }

    /// What has to be added to get from one style to another.
    private static func codes(from before: ResolvedStyle, to wanted: ResolvedStyle) -> [String] {
        var codes: [String] = []
        let added = wanted.attributes.subtracting(before.attributes)
        for (attribute, code) in attributes where added.contains(attribute) { codes.append(code) }
        if wanted.foreground != before.foreground { codes.append(code(wanted.foreground, isBackground: false)) }
        if wanted.background != before.background { codes.append(code(wanted.background, isBackground: true)) }
        return codes
    }

    private static let attributes: [(TextAttributes, String)] = [
        (.bold, "1"), (.dim, "2"), (.underline, "4"), (.reverse, "7"),
    ]

    /// What the terminal can show of a style. Of eight colours the bright ones are those in bold.
    private func shown(_ style: ResolvedStyle) -> ResolvedStyle {
        var style = style
        if abilities.colors <= 8 {
            if case .indexed(let index) = style.foreground, (8...15).contains(index) {
                style.foreground = .indexed(index - 8)
                style.attributes.insert(.bold)
            }
            if case .indexed(let index) = style.background, (8...15).contains(index) {
                style.background = .indexed(index - 8)
            }
        }
        style.attributes.formIntersection(abilities.attributes)
        return style
    }

    private static func code(_ color: TerminalColor, isBackground: Bool) -> String {
        let base = isBackground ? 40 : 30
        return switch color {
        case .standard: "\(base + 9)"
        case .indexed(let index) where index < 8: "\(base + index)"
        case .indexed(let index) where index < 16: "\(base + 52 + index)"
        case .indexed(let index): "\(base + 8);5;\(index)"
        case .rgb(let rgb): "\(base + 8);2;\(rgb.red);\(rgb.green);\(rgb.blue)"
        }
    }
}
