/// Colours and attributes by meaning. Made from theme files by `ThemeLibrary`; `plain` needs no file.
///
/// Two layers, after helix and k9s: named colours, and roles that refer to them. 16-colour and mono looks are authored,
/// not derived, because conversions to 16 colours look bad (btop ships a hand-made one for the same reason).
public struct Theme: Hashable, Sendable {
    /// The file's name without its ending.
    public let name: String
    let roles: [RoleName: Look]
    /// 8 looks for adapters; never empty.
    let series: [Look]
    /// One to three stops, calm to full; never empty.
    let gradient: [Look]

    /// What one role looks like at every depth; nil colours are the terminal's own.
    struct Look: Hashable, Sendable {
        var color: RGB?
        var background: RGB?
        /// 0 to 15.
        var ansi: Int?
        var ansiBackground: Int?
        /// With colour, and without.
        var attributes: TextAttributes = []
        var mono: TextAttributes = []
    }

    /// The terminal's own colours and plain attributes: readable anywhere, and there when no file is.
    public static let plain: Theme = {
        var roles: [RoleName: Look] = [:]
        for name in RoleName.allCases { roles[name] = Look() }
        for name in [RoleName.title, .key, .accent, .borderFocused, .header, .sortMarker, .warning] {
            roles[name] = Look(attributes: .bold, mono: .bold)
        }
        roles[.muted] = Look(attributes: .dim, mono: .dim)
        for name in [RoleName.selection, .error, .banner, .bannerReadOnly] {
            roles[name] = Look(attributes: .reverse, mono: .reverse)
        }
        roles[.selectionUnfocused] = Look(attributes: .underline, mono: .underline)
        return Theme(name: "plain", roles: roles, series: [Look()], gradient: [Look()])
    }()

    /// What a style looks like at a depth. In `mono` no colour is ever set.
    public func resolve(_ style: Style, depth: ColorDepth) -> ResolvedStyle {
        var resolved: ResolvedStyle
        switch style.role {
        case .series(let number):
            resolved = shown(series[((number % series.count) + series.count) % series.count], depth)
        case .gradient(let load): resolved = shown(look(atLoad: load, depth), depth)
        default: resolved = shown(roles[style.role.name] ?? Look(), depth)
        }
        if style.bold { resolved.attributes.insert(.bold) }
        if style.underlined { resolved.attributes.insert(.underline) }
        // Reversed on top of a reversed role must stay visible: it turns back.
        if style.reversed { resolved.attributes.formSymmetricDifference(.reverse) }
        return resolved
    }

    private func look(atLoad load: Int, _ depth: ColorDepth) -> Look {
        let load = min(100, max(0, load))
        guard depth >= .indexed256, gradient.count > 1 else { return gradient[load * gradient.count / 101] }
        let position = Double(load) / 100 * Double(gradient.count - 1)
        let lower = min(Int(position), gradient.count - 2)
        var look = gradient[lower]
        if let from = look.color, let to = gradient[lower + 1].color {
            look.color = from.mixed(with: to, position - Double(lower))
        }
        return look
    }

    private func shown(_ look: Look, _ depth: ColorDepth) -> ResolvedStyle {
        func indexed(_ index: Int?) -> TerminalColor { index.map { .indexed($0) } ?? .standard }
        switch depth {
        case .truecolor:
            return ResolvedStyle(
                foreground: look.color.map { .rgb($0) } ?? .standard,
                background: look.background.map { .rgb($0) } ?? .standard, attributes: look.attributes)
        case .indexed256:
            return ResolvedStyle(
                foreground: indexed(look.color?.nearestIndexed), background: indexed(look.background?.nearestIndexed),
                attributes: look.attributes)
        case .ansi16:
            return ResolvedStyle(
                foreground: indexed(look.ansi), background: indexed(look.ansiBackground), attributes: look.attributes)
        case .mono: return ResolvedStyle(foreground: .standard, background: .standard, attributes: look.mono)
        }
    }
}

extension Role {
    /// The file's name of the role; series and gradient have sections of their own and show as text here.
    var name: RoleName {
        switch self {
        case .text, .series, .gradient: .text
        case .muted: .muted
        case .title: .title
        case .key: .key
        case .accent: .accent
        case .border: .border
        case .borderFocused: .borderFocused
        case .selection: .selection
        case .selectionUnfocused: .selectionUnfocused
        case .header: .header
        case .sortMarker: .sortMarker
        case .ok: .ok
        case .warning: .warning
        case .error: .error
        case .info: .info
        case .banner: .banner
        case .bannerReadOnly: .bannerReadOnly
        case .pageFree: .pageFree
        case .pageAdapter: .pageAdapter
        case .pagePinned: .pagePinned
        case .pageLoading: .pageLoading
        case .pageProtected: .pageProtected
        case .pageKV: .pageKV
        case .pagePrefix: .pagePrefix
        }
    }
}
