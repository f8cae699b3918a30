import ModelFiles
import Testing

/// Which names nothing can be served under.
@Suite struct AdapterNamingTests {
    private let naming = AdapterNaming(baseNames: ["SmolLM2-135M-Instruct", "Smollm2 135M 8k", "é-model"])

    @Test(arguments: [
        ("", "needs a name"), ("base", "base's name"), ("BASE", "base's name"), ("Base", "cannot be told from"),
        ("ｂａｓｅ", "cannot be told from"), ("SmolLM2-135M-Instruct", "base's name"),
        ("smollm2-135m-instruct", "cannot be told from"), ("e\u{301}-model", "base's name"),
        ("a\nb", "\\u{A}"), ("a\u{1B}[31m", "\\u{1B}"), ("\u{200B}", "\\u{200B}"), ("pi\u{202E}rate", "\\u{202E}"),
        ("a\u{7F}", "\\u{7F}"), ("\u{2028}", "\\u{2028}"), (" ", "space"), (" pirate", "space"),
        ("pirate\u{A0}", "space"),
        (".", "place"), ("..", "place"), (String(repeating: "x", count: 201), "201 bytes"),
        (String(repeating: "é", count: 101), "202 bytes"),
        // What no tenant can be given, or no folder of the root is found by.
        ("*", "means every adapter"), ("a,b", "has a comma"), (",", "has a comma"), ("../up", "begins with a dot"),
        (".hidden", "begins with a dot"), ("x/y/z", "has a slash"), ("/x", "has a slash"), ("x/", "has a slash"),
        ("owner/.name", "has a slash"), ("own--er/name", "has a slash"), ("models--owner--name", "Hugging Face cache"),
        ("datasets--owner--name", "Hugging Face cache"),
    ])
    func isRefused(_ name: String, _ reason: String) {
        #expect(naming.refusal(of: name)?.contains(reason) == true, "\(naming.refusal(of: name) ?? "it was taken")")
    }

    @Test(arguments: [
        "pirate-games", "-x", "a b", "a*b", "a\"b", "a--b", "owner/name", "base-2", "basement", "日本語", "é", "a.b",
        String(repeating: "x", count: 200),
        "SmolLM2-135M-Instruct-pirate",
    ])
    func isTaken(_ name: String) { #expect(naming.refusal(of: name) == nil) }

    @Test func hiddenCharactersAreSpelt() {
        #expect(AdapterNaming.shown("a\nb\u{1B}c é") == "a\\u{A}b\\u{1B}c é")
    }
}
