extension SplitPattern {
    /// Recognises one of the expressions that are built in, in the spellings that published tokenizers have.
    init?(regularExpression source: String) {
        var source = source
        for spelling in ["'(?i:[sdmt]|ll|ve|re)", "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"] {
            source = source.replacing(spelling, with: "(?i:'s|'t|'re|'ve|'m|'ll|'d)")
        }
        let words = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
        let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        switch source {
        case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: self = .gpt2
        case words + #"\p{N}{1,3}"# + rest: self = .llama3(digits: 3)
        case words + #"\p{N}"# + rest: self = .llama3(digits: 1)
        case #"\p{N}"#: self = .digits(single: true)
        default: return nil
        }
    }
}
