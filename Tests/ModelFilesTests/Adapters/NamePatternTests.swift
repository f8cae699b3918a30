import Testing

@testable import ModelFiles

/// Python's `re.fullmatch`, on the patterns that trainers write.
@Suite struct NamePatternTests {
    private func matches(_ pattern: String, _ name: String) throws -> Bool {
        var steps = 1_000_000
        return try NamePattern(pattern).matchesWhole(name, steps: &steps)
    }

    @Test(arguments: [
        (".*", "model.layers.0.mlp.up_proj", true), ("a*b", "aaab", true), ("a*?b", "aaab", true), ("a+b", "b", false),
        ("a?b", "ab", true), ("a{2}", "aa", true), ("a{2}", "aaa", false), ("a{2,}", "aaaa", true),
        ("a{,2}", "aaa", false),
        ("a{1,3}?", "aaa", true), ("a{x}", "a{x}", true), ("a{0}b", "b", true), ("(?:ab|c)+", "abcab", true),
        ("ab|cd", "ab", true), ("ab|cd", "abcd", false), ("", "", true), ("()", "", true), ("a||b", "", true),
        ("[abc]+", "cab", true), ("[^abc]+", "xyz", true), ("[^abc]+", "xaz", false), ("[a-c]", "b", true),
        ("[]a]", "]", true), ("[a\\]]", "]", true), ("[a-]", "-", true), ("[\\d_]+", "1_2", true),
        ("[\\w-]+", "a-b", true),
        ("\\d+", "123", true), ("\\D", "1", false), ("\\w+", "a_1", true), ("\\W", ".", true), ("\\s", " ", true),
        ("a\\.b", "a.b", true), ("a\\.b", "axb", false), ("^ab$", "ab", true), ("a^b", "ab", false),
        ("\\Aab\\Z", "ab", true),
        ("\\bab\\b", "ab", true), ("a\\Bb", "ab", true), ("a\\bb", "ab", false), ("a(?=b)b", "ab", true),
        ("a(?=c)b", "ab", false), ("a(?!c)b", "ab", true), ("(?!.*vision).*q_proj", "model.vision.q_proj", false),
        ("(?!.*vision).*q_proj", "model.text.q_proj", true), ("a(?<=a)b", "ab", true), ("a(?<!a)b", "ab", false),
        ("(?i)Q_PROJ", "q_proj", true), ("(?i)[A-Z]+", "abc", true), ("(?P<x>ab)", "ab", true),
        ("a(?#note)b", "ab", true),
        ("é*a", "a", true), ("(a*)*b", "aaab", true), ("(a|ab)(c|bcd)", "abcd", true), ("(?s)a.b", "a.b", true),
    ])
    func fullMatch(_ pattern: String, _ name: String, _ expected: Bool) throws {
        #expect(try matches(pattern, name) == expected)
    }

    /// As Unsloth writes `target_modules`, and as ms-swift does.
    @Test func trainersPatterns() throws {
        let unsloth =
            "(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense).*?(?:k_proj|v_proj|q_proj).*?)"
            + "|(?:\\bmodel\\.layers\\.[\\d]{1,}\\.(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)"
            + "\\.(?:(?:k_proj|v_proj|q_proj)))"
        #expect(try matches(unsloth, "model.layers.12.self_attn.q_proj"))
        #expect(try !matches(unsloth, "model.layers.12.self_attn.o_proj"))
        #expect(try !matches(unsloth, "model.layers.12.mlp.up_proj"))
        let swift = "^(model(?=\\.).*\\.(up_proj|gate_proj|q_proj))$"
        #expect(try matches(swift, "model.layers.3.mlp.gate_proj"))
        #expect(try !matches(swift, "model.layers.3.mlp.down_proj"))
    }

    @Test(arguments: [
        "(a", "a)", "[a", "*a", "a**", "a{2}{3}", "a{3,2}", "\\", "(?<n>a)", "(?>a)", "a++", "(a)\\1", "\\q", "[b-a]",
        "(?x)a",
    ])
    func isRefused(_ pattern: String) {
        #expect(throws: NamePatternError.self) { try NamePattern(pattern) }
    }

    @Test func countsGroupsAsPythonDoes() throws {
        #expect(try NamePattern("(a)(?:b)(?P<c>d)(?=e)").capturingGroups == 2)
    }

    @Test func aMatchThatCostsTooMuchIsRefused() throws {
        let pattern = try NamePattern("(.*)*(.*)*(.*)*x")
        var steps = 10
        #expect(throws: NamePatternError.self) { try pattern.matchesWhole("aaaaaaaaaaaaaaaa", steps: &steps) }
    }

    static let bombs = [
        "(((((.*)*)*)*)*)*x", "(a|a|aa|.)*(.*.*.*.*.*)*$x", "(.{0,5000}){0,5000}x", "((.*)+)+((.*)+)+((.*)+)+Z",
        String(repeating: "(.?)", count: 3000) + "Z",
    ]

    /// A part is evaluated once for each position of the name, and goes on from each position that it reached.
    @Test(arguments: bombs) func anExplosivePatternTakesPolynomialSteps(_ bomb: String) throws {
        let name = "model.layers.11.self_attn.q_proj"
        let positions = name.utf8.count + 1
        var steps = PatternValues.stepLimit
        #expect(try !NamePattern(bomb).matchesWhole(name, steps: &steps))
        let most = bomb.utf8.count * positions * positions
        #expect((1...most).contains(PatternValues.stepLimit - steps))
    }

    @Test(arguments: bombs) func whatIsUnderWayWhenTheBudgetEndsGoesNoDeeper(_ bomb: String) {
        var steps = 100
        #expect(throws: NamePatternError.self) {
            try NamePattern(bomb).matchesWhole("model.layers.11.self_attn.q_proj", steps: &steps)
        }
        #expect((-1000...0).contains(steps))
    }
}
