import Foundation
import Testing

@testable import TerminalKit

/// What makes a theme readable, for every theme that ships. The faults are those measured in the themes of k9s and btop.
@Suite struct ThemeLintTests {
    static let themes = ThemeLibrary(userFolder: nil).themes
    static let colored = themes.filter { $0.name != "mono" }
    /// As true colour, and as the 256 colours that most sessions show.
    static let depths = [ColorDepth.truecolor, .indexed256]

    @Test(arguments: colored, depths)
    func contrastIsEnough(theme: Theme, depth: ColorDepth) throws {
        let needed: [(Role, Double)] = [
            (.text, 4.5), (.selection, 4.5), (.selectionUnfocused, 4.5), (.banner, 4.5), (.bannerReadOnly, 4.5),
            (.title, 4.5), (.key, 4.5),
            (.error, 4.5), (.muted, 3), (.header, 3), (.accent, 3), (.ok, 3), (.warning, 3), (.info, 3),
            (.borderFocused, 3), (.pageAdapter, 3), (.pagePinned, 3), (.pageLoading, 3), (.pageProtected, 3),
            (.pageKV, 3), (.pagePrefix, 3),
        ]
        for (role, least) in needed { try expectContrast(theme, depth, Style(role), least) }
        for number in 0..<8 { try expectContrast(theme, depth, Style(.series(number)), 3) }
        for load in 0...100 { try expectContrast(theme, depth, Style(.gradient(load)), 3) }
    }

    private func expectContrast(_ theme: Theme, _ depth: ColorDepth, _ style: Style, _ least: Double) throws {
        let look = theme.resolve(style, depth: depth)
        let ink = try #require(Linear(look.foreground))
        let paper = try #require(Linear(look.background))
        #expect(ink.contrast(paper) >= least, "\(theme.name) \(style.role): \(ink.contrast(paper))")
    }

    @Test(arguments: themes, ColorDepth.allCases)
    func theFocusIsSeen(theme: Theme, depth: ColorDepth) {
        func look(_ role: Role) -> ResolvedStyle { theme.resolve(Style(role), depth: depth) }
        #expect(look(.border) != look(.borderFocused))
        #expect(Set([look(.text), look(.selection), look(.selectionUnfocused)]).count == 3)
        #expect(look(.banner) != look(.text))
        #expect(look(.error) != look(.ok))
        #expect(look(.error) != look(.warning))
    }

    /// Kinds of page differ in every depth, so that the map reads without true colour.
    @Test(arguments: themes, ColorDepth.allCases)
    func kindsOfPageDiffer(theme: Theme, depth: ColorDepth) {
        let roles: [Role] = [
            .pageFree, .pageAdapter, .pagePinned, .pageLoading, .pageProtected, .pageKV, .pagePrefix,
        ]
        #expect(Set(roles.map { theme.resolve(Style($0), depth: depth) }).count == roles.count)
    }

    @Test(arguments: colored, depths)
    func neighboursInASeriesDiffer(theme: Theme, depth: ColorDepth) throws {
        for number in 0..<8 {
            let one = try #require(Linear(theme.resolve(Style(.series(number)), depth: depth).foreground))
            let next = try #require(Linear(theme.resolve(Style(.series(number + 1)), depth: depth).foreground))
            #expect(one.difference(next) >= 25, "\(theme.name) \(number)")
            let faint = one.asSeenByDeuteranopes.difference(next.asSeenByDeuteranopes)
            #expect(faint >= 13, "\(theme.name) \(number) under deuteranopia: \(faint)")
        }
    }

    @Test(arguments: themes, ColorDepth.allCases)
    func aSeriesHasEightLooks(theme: Theme, depth: ColorDepth) {
        #expect(theme.series.count == 8)
        let looks = Set((0..<8).map { theme.resolve(Style(.series($0)), depth: depth) })
        #expect(looks.count == 8)
        #expect(theme.resolve(Style(.series(8)), depth: depth) == theme.resolve(Style(.series(0)), depth: depth))
        #expect(theme.resolve(Style(.series(-1)), depth: depth) == theme.resolve(Style(.series(7)), depth: depth))
        #expect(theme.resolve(Style(.gradient(0)), depth: depth) != theme.resolve(Style(.gradient(100)), depth: depth))
        #expect(
            theme.resolve(Style(.gradient(999)), depth: depth) == theme.resolve(Style(.gradient(100)), depth: depth))
    }

    /// In the theme's own file, or in the built-in one that it stands on.
    @Test func everyRoleIsWrittenDown() throws {
        let files = try Dictionary(
            uniqueKeysWithValues: BuiltInThemes.documents.map {
                ($0.name, try ThemeParser.parse($0.document, name: $0.name))
            })
        for (name, file) in files {
            var whole = file
            if let parent = file.inherits { whole.inherit(try #require(files[parent.value])) }
            #expect(files[file.inherits?.value ?? ""]?.inherits == nil, "\(name) inherits over two steps")
            for role in RoleName.allCases { #expect(whole.roles[role] != nil, "\(role) in \(name)") }
            #expect(!whole.series.isEmpty && !whole.gradient.isEmpty)
        }
    }

    @Test func highContrastIsHigh() throws {
        let theme = try #require(ThemeLibrary(userFolder: nil).theme(named: "high-contrast"))
        let read: [Role] = [.text, .title, .key, .muted, .header, .accent, .ok, .warning, .error, .info, .selection]
        for role in read {
            try expectContrast(theme, .truecolor, Style(role), role == .muted || role == .header ? 4.5 : 6.5)
        }
    }

    /// All owners, and calm from full, as the people see them for whom a theme is made.
    @Test(arguments: ["deuteranopia-dark", "deuteranopia-light", "tritanopia-dark"], depths)
    func colourBlindThemesTellAllOwnersApart(name: String, depth: ColorDepth) throws {
        let theme = try #require(ThemeLibrary(userFolder: nil).theme(named: name))
        func seen(_ role: Role) throws -> Linear {
            let color = try #require(Linear(theme.resolve(Style(role), depth: depth).foreground))
            return name.hasPrefix("trit") ? color.asSeenByTritanopes : color.asSeenByDeuteranopes
        }
        for one in 0..<8 {
            for other in 0..<one {
                let difference = try seen(.series(one)).difference(try seen(.series(other)))
                #expect(difference >= 10, "\(name) \(one) \(other): \(difference)")
            }
        }
        #expect(try seen(.ok).difference(try seen(.error)) >= 20)
        #expect(try seen(.ok).difference(try seen(.warning)) >= 20)
        #expect(try seen(.gradient(0)).difference(try seen(.gradient(100))) >= 20)
    }

    @Test(arguments: themes)
    func withoutColourThereIsNone(theme: Theme) {
        let roles: [Role] = [.text, .selection, .error, .series(3), .gradient(70), .pageKV]
        for role in roles {
            let look = theme.resolve(Style(role), depth: .mono)
            #expect(look.foreground == .standard && look.background == .standard)
        }
    }

    @Test func stylesAddEmphasis() {
        let theme = Theme.plain
        #expect(
            theme.resolve(Style(.text, bold: true, underlined: true), depth: .mono).attributes == [.bold, .underline])
        #expect(theme.resolve(Style(.text, reversed: true), depth: .mono).attributes == .reverse)
        #expect(theme.resolve(Style(.selection, reversed: true), depth: .mono).attributes == [])
    }

    @Test func nearestOf256() throws {
        #expect(RGB(0, 0, 0).nearestIndexed == 16)
        #expect(RGB(255, 255, 255).nearestIndexed == 231)
        #expect(RGB(255, 0, 0).nearestIndexed == 196)
        #expect(RGB(8, 8, 8).nearestIndexed == 232)
        #expect(RGB(128, 128, 128).nearestIndexed == 244)
        for index in 16...255 {
            let color = try #require(RGB(indexed: index))
            #expect(RGB(indexed: color.nearestIndexed) == color)
        }
        #expect(RGB(hex: "#0fA001") == RGB(15, 160, 1))
        for bad in ["", "#", "#12345", "#1234567", "123456", "#12345g", "#+12345", "#-12345"] {
            #expect(RGB(hex: bad) == nil)
        }
    }
}

/// Light, channel by channel, from 0 to 1: what contrasts and differences are computed from.
private struct Linear {
    let red, green, blue: Double

    init(red: Double, green: Double, blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    init?(_ color: TerminalColor) {
        let rgb: RGB
        switch color {
        case .standard: return nil
        case .rgb(let value): rgb = value
        case .indexed(let index):
            guard let value = RGB(indexed: index) else { return nil }
            rgb = value
        }
        func light(_ channel: UInt8) -> Double {
            let value = Double(channel) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        self.init(red: light(rgb.red), green: light(rgb.green), blue: light(rgb.blue))
    }

    private var luminance: Double { 0.2126 * red + 0.7152 * green + 0.0722 * blue }

    /// WCAG 2's contrast ratio.
    func contrast(_ other: Linear) -> Double {
        let (low, high) = (min(luminance, other.luminance), max(luminance, other.luminance))
        return (high + 0.05) / (low + 0.05)
    }

    /// Machado, Oliveira and Fernandes 2009, severity 1.
    var asSeenByDeuteranopes: Linear {
        func clamp(_ value: Double) -> Double { min(1, max(0, value)) }
        return Linear(
            red: clamp(0.367322 * red + 0.860646 * green - 0.227968 * blue),
            green: clamp(0.280085 * red + 0.672501 * green + 0.047413 * blue),
            blue: clamp(-0.011820 * red + 0.042940 * green + 0.968881 * blue))
    }

    var asSeenByTritanopes: Linear {
        func clamp(_ value: Double) -> Double { min(1, max(0, value)) }
        return Linear(
            red: clamp(1.255528 * red - 0.076749 * green - 0.178779 * blue),
            green: clamp(-0.078411 * red + 0.930809 * green + 0.147602 * blue),
            blue: clamp(0.004733 * red + 0.691367 * green + 0.303900 * blue))
    }

    /// CIE 1976 colour difference; about 2 is just noticeable side by side.
    func difference(_ other: Linear) -> Double {
        let (a, b) = (lab, other.lab)
        return sqrt(pow(a.0 - b.0, 2) + pow(a.1 - b.1, 2) + pow(a.2 - b.2, 2))
    }

    private var lab: (Double, Double, Double) {
        func f(_ t: Double) -> Double { t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116 }
        let x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
        let y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue)
        let z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
        return (116 * y - 16, 500 * (x - y), 200 * (y - z))
    }
}

extension Theme: CustomTestStringConvertible {
    public var testDescription: String { name }
}
