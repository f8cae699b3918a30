import Foundation
import TestSupport
import Testing

@testable import TerminalKit

@Suite struct ThemeFileTests {
    private let names = BuiltInThemes.documents.map(\.name)

    private func library(_ own: [String: String]) -> ThemeLibrary {
        ThemeLibrary(builtIn: BuiltInThemes.documents, own: own)
    }

    /// What loading a user's theme "mine" complains about.
    private func problem(_ document: String) -> String {
        library(["mine": document]).problems.map(\.description).joined(separator: "\n")
    }

    @Test func builtInThemesLoad() {
        let library = ThemeLibrary(userFolder: nil)
        #expect(library.problems.isEmpty)
        #expect(library.themes.map(\.name) == names)
        #expect(names.count >= 12)
        #expect(library.standard.name == "dark")
        let light = library.theme(after: library.standard)
        #expect(light.name == "light")
        #expect(library.themes.last.map { library.theme(after: $0) } == library.standard)
    }

    @Test(arguments: [
        (
            "[palette]\nred = \"#ff0000\"\n[roles]\ntext = { color = \"gren\" }",
            "mine.toml:4: unknown colour 'gren' (the palette has: red)"
        ),
        ("# x\n\ncolour = 1", "mine.toml:3: unknown key 'colour'"),
        ("[palette]\na = \"#12345\"", "mine.toml:2: the colour 'a' must be written \"#rrggbb\""),
        ("[palette]\na = 5", "mine.toml:2:"),
        ("[palette]\nnone = \"#000000\"", "mine.toml:2: 'none' cannot be"),
        ("[roles]\n\n\ntexxt = {}", "mine.toml:4: unknown role 'texxt'"),
        ("[roles]\ntext = \"red\"", "mine.toml:2: the role 'text' must be written"),
        ("[roles]\nok = { mono = [] }\ntext = { colour = \"none\" }", "mine.toml:3: unknown key 'colour'"),
        ("[roles.text]\nansi = 3\nbold = true", "mine.toml:3: unknown key 'bold'"),
        ("[roles]\ntext.ansi = 16", "mine.toml:2: a 16-colour number"),
        ("[roles]\ntext = { ansi = \"red\" }", "mine.toml:2: a 16-colour number"),
        ("[roles]\ntext = { mono = [\"blink\"] }", "mine.toml:2: unknown attribute"),
        ("[roles]\ntext = { mono = \"bold\" }", "mine.toml:2: attributes must be a list"),
        ("[series]\nansi = []", "mine.toml:2: 'ansi' must be a list of 1 to 8"),
        ("[series]\nansi = [1, 2]\ncolors = [\"none\"]", "mine.toml:1: the lists in 'series' must be equally long"),
        ("[gradient]\nansi = [1, 2, 3, 4]", "mine.toml:2: 'ansi' must be a list of 1 to 3"),
        ("[gradient]\nstart = 1", "mine.toml:2: unknown key 'start'"),
        ("roles = 3", "mine.toml:1: 'roles' must be a section"),
        ("inherits = \"nowhere\"", "mine.toml:1: inherits from 'nowhere', and there is no such theme"),
        ("\ninherits = \"mine\"", "mine.toml:2: inherits from 'mine', which inherits from it"),
        ("[palette\n", "mine.toml:1:"), ("a = \"\u{1}\"", "mine.toml:1:"), ("\u{0}", "mine.toml: holds a NUL"),
        // The first of several is told.
        ("[roles]\nwrong = {}\n[palette]\nx = 1", "mine.toml:2: unknown role 'wrong'"),
    ])
    func faultsAreToldWithTheirLine(document: String, message: String) {
        let told = problem(document)
        #expect(told.hasPrefix(message), "\(told)")
        #expect(told.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test func absentKeysHaveTheirDefaults() throws {
        let theme = try #require(
            library([
                "mine": """
                [palette]
                ink = "#101010"
                paper = "#f0f0f0"
                blue = "#0000ff"
                [roles]
                text = { color = "ink", background = "paper", ansi = 0, ansiBackground = 7, attributes = ["bold"] }
                accent = { color = "blue", mono = ["bold"] }
                ok = { background = "none" }
                """
            ]).theme(named: "mine"))
        let paper = TerminalColor.rgb(RGB(0xF0, 0xF0, 0xF0))
        // A key that a role leaves out is as in text, attributes are none.
        let accent = theme.resolve(Style(.accent), depth: .truecolor)
        #expect(accent == ResolvedStyle(foreground: .rgb(RGB(0, 0, 255)), background: paper, attributes: []))
        #expect(theme.resolve(Style(.accent), depth: .ansi16).foreground == .indexed(0))
        #expect(theme.resolve(Style(.accent), depth: .mono).attributes == .bold)
        #expect(theme.resolve(Style(.ok), depth: .truecolor).background == .standard)
        // A role that is left out looks like another.
        #expect(theme.resolve(Style(.key), depth: .truecolor) == accent)
        #expect(theme.resolve(Style(.muted), depth: .truecolor) == theme.resolve(Style(.text), depth: .truecolor))
        // No series and no gradient: text's colours.
        #expect(theme.resolve(Style(.series(3)), depth: .truecolor).background == paper)
        #expect(theme.resolve(Style(.gradient(50)), depth: .ansi16).foreground == .indexed(0))
    }

    @Test func inheritingTakesPaletteRolesAndKeys() throws {
        let library = library([
            "mine": "inherits = \"dark\"\n[palette]\nink = \"#010203\"\n[roles]\nmuted = { attributes = [\"bold\"] }",
            "dark": "inherits = \"dark\"\n[roles]\ntitle = { color = \"pink\" }",
        ])
        #expect(library.problems.isEmpty)
        #expect(library.themes.map(\.name) == names + ["mine"])
        let plainDark = ThemeLibrary(userFolder: nil).standard
        let mine = try #require(library.theme(named: "mine"))
        #expect(mine.resolve(Style(.text), depth: .truecolor).foreground == .rgb(RGB(1, 2, 3)))
        var muted = plainDark.resolve(Style(.muted), depth: .truecolor)
        muted.attributes = .bold
        #expect(mine.resolve(Style(.muted), depth: .truecolor) == muted)
        #expect(
            mine.resolve(Style(.series(2)), depth: .indexed256)
                == plainDark.resolve(Style(.series(2)), depth: .indexed256))
        // The user's "dark" stands before the built-in one, for heirs too.
        #expect(library.standard != plainDark)
        #expect(
            mine.resolve(Style(.title), depth: .truecolor) == library.standard.resolve(Style(.title), depth: .truecolor)
        )
    }

    @Test func whatIsBuiltInStandsOnWhatIsBuiltIn() throws {
        let library = library(["dark": "inherits = \"dark\"\n[palette]\nink = \"#010203\""])
        #expect(library.problems.isEmpty)
        #expect(library.theme(named: "nord") == ThemeLibrary(userFolder: nil).theme(named: "nord"))
        #expect(library.standard.resolve(Style(.text), depth: .truecolor).foreground == .rgb(RGB(1, 2, 3)))
    }

    @Test func circlesAreSeen() {
        let library = library(["a": "inherits = \"b\"", "b": "inherits = \"a\""])
        #expect(library.themes.map(\.name) == names)
        #expect(
            library.problems.map(\.description) == [
                "b.toml:1: inherits from 'a', which inherits from it",
                "a.toml:1: inherits from 'b', which inherits from it",
            ])
    }

    @Test func aFaultyReplacementLeavesTheBuiltInTheme() {
        let library = library(["dark": "nonsense"])
        #expect(library.problems.count == 1)
        #expect(library.standard == ThemeLibrary(userFolder: nil).standard)
    }

    @Test func userThemesComeFromTheirFolder() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("inherits = \"light\"".utf8).write(to: folder.appendingPathComponent("pale.toml"))
        try Data("not read".utf8).write(to: folder.appendingPathComponent("notes.txt"))
        try Data([0x61, 0xFF]).write(to: folder.appendingPathComponent("bytes.toml"))
        try Data(repeating: 0x23, count: 300 << 10).write(to: folder.appendingPathComponent("long.toml"))
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("folder.toml"), withIntermediateDirectories: true)
        let library = ThemeLibrary(userFolder: folder)
        #expect(library.themes.map(\.name) == names + ["pale"])
        #expect(Set(library.problems.map(\.file)) == ["bytes.toml", "long.toml", "folder.toml"])
        #expect(ThemeLibrary(userFolder: folder.appendingPathComponent("absent")).problems.isEmpty)
    }

    @Test func linesAreFoundInEveryWayOfWriting() {
        let lines = KeyLines("a = 1\n[b]\n  c = { d = 1 }\n\"e\" = 2\n# f = 3\nf.g = 4\n[h.i]\nj = 5\n")
        #expect(lines.line(of: ["a"]) == 1)
        #expect(lines.line(of: ["b", "c", "d"]) == 3)
        #expect(lines.line(of: ["b", "e"]) == 4)
        #expect(lines.line(of: ["b", "f", "g"]) == 6)
        #expect(lines.line(of: ["h", "i", "j"]) == 8)
        #expect(lines.line(of: ["b", "zzz"]) == 2)
        #expect(lines.line(of: ["zzz"]) == nil)
    }
}
