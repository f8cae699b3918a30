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

    /// Appends what makes the terminal draw in `wanted`.
    mutating func change(to wanted: ResolvedStyle, into bytes: inout [UInt8]) {
        let wanted = shown(wanted)
        guard wanted != current else { return }
        var codes: [String] = []
        var before = current
        if let known = before, !known.attributes.isSubset(of: wanted.attributes) { before = nil }
        if before == nil {
            before = ResolvedStyle(foreground: .standard, background: .standard, attributes: [])
            codes.append("0")
        }
        let added = wanted.attributes.subtracting(before?.attributes ?? [])
        for (attribute, code) in Self.attributes where added.contains(attribute) { codes.append(code) }
        if wanted.foreground != before?.foreground { codes.append(Self.code(wanted.foreground, isBackground: false)) }
        if wanted.background != before?.background { codes.append(Self.code(wanted.background, isBackground: true)) }
        current = wanted
        if codes.isEmpty { return }
        bytes += Array("\u{1B}[\(codes == ["0"] ? "" : codes.joined(separator: ";"))m".utf8)
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
