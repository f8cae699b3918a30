import TerminalKit
import TestSupport
import Testing

@testable import Console

/// The user's settings: file, variables and flags, and what a console makes of them.
@Suite struct SettingsTests {
    private func settings(
        _ text: String = "", _ environment: [String: String] = [:], _ flags: [Setting: Setting.Value] = [:]
    ) throws -> Settings {
        try Settings(
            document: SettingsDocument(text, file: "config.toml"), environment: environment, flags: flags)
    }

    private func problems(_ text: String, _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try settings(text, environment)
            return []
        } catch let error as SettingsError {
            return error.problems
        } catch {
            return ["\(error)"]
        }
    }

    @Test func aFlagBeatsAVariableBeatsTheFileBeatsTheDefault() throws {
        let file = "refresh = 10\ntheme = \"nord\"\nmouse = false\n"
        let settings = try settings(
            file, ["LORADECK_THEME": "light", "LORADECK_REFRESH": "8", "LORADECK_SCREEN": ""],
            [.theme: .text("mono")])
        #expect(settings[.theme] == .init(value: .text("mono"), source: .flag))
        #expect(settings[.refresh] == .init(value: .number(8), source: .variable("LORADECK_REFRESH")))
        #expect(settings[.mouse] == .init(value: .truth(false), source: .file("config.toml", line: 3)))
        #expect(settings[.screen] == .init(value: .text("overview"), source: .standard))
    }

    /// Read-only from a file is taken back by a flag, and a flag's by nothing.
    @Test(
        arguments: [(true, nil, true), (true, false, false), (false, true, true), (nil, nil, false)]
            as [(Bool?, Bool?, Bool)])
    func readOnlyHasOneResolver(_ file: Bool?, _ flag: Bool?, _ holds: Bool) throws {
        let text = file.map { "read-only = \($0)" } ?? ""
        let settings = try settings(text, [:], flag.map { [.readOnly: .truth($0)] } ?? [:])
        #expect(settings.isReadOnly == holds)
    }

    @Test func everythingWrongIsNamedWithItsLine() {
        let text =
            "# mine\nthemee = \"nord\"\nrefresh = 99\nmouse = \"yes\"\nlabel = [1]\n\n[keys]\nquit = \"q\"\n[more]\n"
        let found = problems(text, ["LORADECK_GLYPHS": "emoji"])
        #expect(found.count == 7)
        #expect(found[0].hasPrefix("config.toml:2: unknown key 'themee' (known: theme, color, "))
        #expect(found[1] == "config.toml:3: 'refresh' must be a number, 1 to 30")
        #expect(found[2] == "config.toml:4: 'mouse' must be true or false")
        #expect(found[3] == "config.toml:5: 'label' must be a text of at most 24 characters")
        #expect(found[4].hasPrefix("config.toml:8: unknown key 'keys.quit'"))
        #expect(found[5].hasPrefix("config.toml:9: unknown key 'more'"))
        #expect(found[6] == "LORADECK_GLYPHS must be one of \"auto\", \"braille\", \"blocks\", \"ascii\"")
        #expect(problems("theme = nord").first?.hasPrefix("config.toml:1:") == true)
        #expect(problems("a = 1\n\nb = \"").first?.hasPrefix("config.toml:3:") == true)
        // One that a flag would beat is wrong all the same.
        #expect(throws: SettingsError.self) { try settings("refresh = 0", [:], [.refresh: .number(4)]) }
    }

    @Test func sizesAreBytesWithOrWithoutAUnitOrNone() throws {
        for (text, bytes) in [
            ("", 1 << 30), ("versions-budget = 0", 0), ("versions-budget = \"0\"", 0),
            ("versions-budget = \"512M\"", 512 << 20), ("versions-budget = 4096", 4096),
            ("versions-budget = \"1.5g\"", 3 << 29),
        ] {
            #expect(try settings(text).versionsBudget == bytes, "\(text)")
        }
        #expect(try settings("versions-budget = 1", ["LORADECK_VERSIONS_BUDGET": "0"]).versionsBudget == 0)
        for wrong in ["\"much\"", "-1", "true", "\"\"", "\"-3G\""] {
            #expect(
                problems("versions-budget = \(wrong)")
                    == ["config.toml:1: 'versions-budget' must be a size such as \"512M\" or \"2G\", or 0"], "\(wrong)")
        }
    }

    @Test func prefixesAreSharedByThoseWhoSaySo() throws {
        #expect(try !settings().sharesPrefixes)
        #expect(try settings("share-prefixes = true").sharesPrefixes)
        #expect(try !settings("share-prefixes = true", ["LORADECK_SHARE_PREFIXES": "off"]).sharesPrefixes)
        #expect(try settings("", ["LORADECK_SHARE_PREFIXES": "off"], [.sharePrefixes: .truth(true)]).sharesPrefixes)
    }

    @Test func variablesAreReadInTheirKind() throws {
        let settings = try settings(
            "",
            [
                "LORADECK_MOUSE": "off", "LORADECK_READ_ONLY": "1", "LORADECK_ANSWER_TOKENS": "64",
                "LORADECK_TIME": "utc",
            ])
        let configuration = settings.configuration(themes: ["dark"], timeZoneOffset: 7_200)
        #expect(!configuration.takesMouse)
        #expect(configuration.isReadOnly)
        #expect(configuration.maxTokens == 64)
        #expect(configuration.timeZoneOffset == 0)
        #expect(problems("", ["LORADECK_MOUSE": "maybe"]) == ["LORADECK_MOUSE must be true or false"])
    }

    @Test func theTerminalIsOpenedAsSet() throws {
        let options = try settings("color = \"16\"\nglyphs = \"ascii\"\nmouse = false\nsync = false").terminal(
            environment: [:])
        #expect(options.color == .ansi16)
        #expect(options.glyphs == .ascii)
        #expect(!options.mouse && !options.synchronisedOutput)
        let auto = try settings().terminal(environment: ["NO_COLOR": "1"])
        #expect(auto.color == nil && auto.glyphs == nil)
    }

    /// What is written at first says the defaults, all of them, and is valid once uncommented.
    @Test func theTemplateHoldsEverySetting() throws {
        let template = SettingsTemplate.document
        #expect(try SettingsDocument(template, file: "config.toml").entries.isEmpty)
        let lines = template.split(separator: "\n", omittingEmptySubsequences: false)
        let uncommented = lines.map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
        let settings = try settings(uncommented.joined(separator: "\n"))
        for setting in Setting.allCases {
            #expect(settings[setting].value == setting.standard, "\(setting)")
            #expect(settings[setting].source != .standard, "\(setting)")
            #expect(setting.complaint(about: setting.standard, called: "it") == nil, "\(setting)")
        }
        #expect(lines.allSatisfy { $0.count <= 120 })
    }

    @Test func theConsoleStartsAsSet() throws {
        var configuration = try settings(
            "screen = \"pages\"\nlayout = \"memory\"\nlabel = \"PRODUCTION\"\nborders = \"rounded\"\nrefresh = 2"
        ).configuration(themes: ["dark"], timeZoneOffset: 0)
        configuration.movingSeconds = 0
        var script = Script(configuration: configuration)
        #expect(script.state.view == .pages)
        #expect(script.state.refresh == 2)
        #expect(script.state.overviewLayout == .memory)
        #expect(script.lines[0].hasSuffix(" PRODUCTION"))
        #expect(script.lines.contains { $0.contains("╭─") } && !script.lines.contains { $0.contains("┌") })
        // Leaving it leads to the overview, and from there out.
        #expect(script.press(.character("q")) == [])
        #expect(script.state.view == .overview)
        #expect(script.press(.character("q")) == [.quit])
        var plain = Script(glyphs: .ascii, configuration: configuration)
        plain.press(.character("1"))
        #expect(plain.lines.joined().allSatisfy { $0.isASCII })
    }

    @Test func reloadingTakesOverWhatChanged() throws {
        var script = Script()
        script.press(.character(":"))
        script.type("reload")
        #expect(script.press(.enter) == [.reload])
        // What the operator chose since the start stays where the file says nothing new.
        script.press(.character("V"))
        let layout = script.state.overviewLayout
        var next = SampleDeck.configuration
        next.theme = "light"
        next.refresh = 10
        next.label = "STAGING"
        next.isReadOnly = true
        let effects = script.send(.reloaded(Reload(configuration: next, themes: [])))
        #expect(effects == [.setRefresh(10), .setTheme("light")])
        #expect(script.state.theme == "light")
        #expect(script.state.overviewLayout == layout)
        #expect(script.lines[0].hasSuffix(" STAGING"))
        #expect(script.shows("settings and themes read"))
        // Whether the deck takes commands was decided when it was opened.
        #expect(!script.state.configuration.isReadOnly)
        let fault = DocumentError(file: "mine.toml", line: 3, message: "unknown role")
        script.send(.reloaded(Reload(configuration: next, themes: [], problems: [fault])))
        #expect(script.shows("mine.toml:3: unknown role"))
    }
}
