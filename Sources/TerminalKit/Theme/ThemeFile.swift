/// A theme file as written: colours by name, nothing inherited yet.
struct ThemeFile: Sendable {
    /// Something given in a file; the place is kept for errors that show only after inheriting.
    struct Given<Value: Sendable>: Sendable {
        var value: Value
        var line: Int?
        var file: String
    }

    /// The value of a colour key; nil inside stands for "none".
    typealias ColorWord = Given<String?>

    struct RoleSpec: Sendable {
        var color: ColorWord?
        var background: ColorWord?
        /// The outer nil is "not given", the inner "none".
        var ansi: Int??
        var ansiBackground: Int??
        var attributes: TextAttributes?
        var mono: TextAttributes?

        /// The keys of `other` that this one does not give.
        mutating func inherit(_ other: RoleSpec) {
            color = color ?? other.color
            background = background ?? other.background
            ansi = ansi ?? other.ansi
            ansiBackground = ansiBackground ?? other.ansiBackground
            attributes = attributes ?? other.attributes
            mono = mono ?? other.mono
        }
    }

    /// A series or a gradient: parallel lists, each absent or as long as the others.
    struct RampSpec: Sendable {
        var colors: [ColorWord]?
        var ansi: [Int]?
        var attributes: [TextAttributes]?
        var mono: [TextAttributes]?

        var isEmpty: Bool { colors == nil && ansi == nil && attributes == nil && mono == nil }
        var count: Int { max(colors?.count ?? 0, ansi?.count ?? 0, attributes?.count ?? 0, mono?.count ?? 0) }
    }

    let name: String
    var inherits: Given<String>?
    var palette: [String: RGB] = [:]
    var roles: [RoleName: RoleSpec] = [:]
    var series = RampSpec()
    var gradient = RampSpec()

    init(name: String) { self.name = name }

    /// Fills what this file does not give from the theme it inherits from. Series and gradient are inherited whole.
    mutating func inherit(_ parent: ThemeFile) {
        palette.merge(parent.palette) { own, _ in own }
        for (role, spec) in parent.roles {
            var own = roles[role] ?? RoleSpec()
            own.inherit(spec)
            roles[role] = own
        }
        if series.isEmpty { series = parent.series }
        if gradient.isEmpty { gradient = parent.gradient }
    }

    /// The theme, every default filled in.
    ///
    /// - Throws: `DocumentError` for a colour name that the palette does not have.
    func resolved() throws(DocumentError) -> Theme {
        let text = try look(roles[.text] ?? RoleSpec(), base: Theme.Look())
        var looks: [RoleName: Theme.Look] = [.text: text]
        var base = text
        base.attributes = []
        base.mono = []
        for role in RoleName.allCases where role != .text { try resolve(role, base: base, into: &looks) }
        return Theme(
            name: name, roles: looks, series: try ramp(series, base: base), gradient: try ramp(gradient, base: base))
    }

    private func resolve(
        _ role: RoleName, base: Theme.Look, into looks: inout [RoleName: Theme.Look]
    ) throws(DocumentError) {
        guard looks[role] == nil else { return }
        if let spec = roles[role] {
            looks[role] = try look(spec, base: base)
        } else if let fallback = role.fallback {
            try resolve(fallback, base: base, into: &looks)
            looks[role] = looks[fallback]
        }
    }

    private func look(_ spec: RoleSpec, base: Theme.Look) throws(DocumentError) -> Theme.Look {
        var look = base
        if let word = spec.color { look.color = try color(word) }
        if let word = spec.background { look.background = try color(word) }
        if let ansi = spec.ansi { look.ansi = ansi }
        if let ansi = spec.ansiBackground { look.ansiBackground = ansi }
        look.attributes = spec.attributes ?? []
        look.mono = spec.mono ?? []
        return look
    }

    private func ramp(_ spec: RampSpec, base: Theme.Look) throws(DocumentError) -> [Theme.Look] {
        guard spec.count > 0 else { return [base] }
        var looks: [Theme.Look] = []
        for index in 0..<spec.count {
            var look = base
            if let word = spec.colors?[index] { look.color = try color(word) }
            look.ansi = spec.ansi?[index] ?? base.ansi
            look.attributes = spec.attributes?[index] ?? []
            look.mono = spec.mono?[index] ?? []
            looks.append(look)
        }
        return looks
    }

    private func color(_ word: ColorWord) throws(DocumentError) -> RGB? {
        guard let name = word.value else { return nil }
        if let color = palette[name] { return color }
        let known = palette.keys.sorted().prefix(24).joined(separator: ", ")
        throw DocumentError(
            file: word.file, line: word.line,
            message: "unknown colour '\(name)' (the palette has: \(known.isEmpty ? "none" : known))")
    }
}
