/// Which tokens end a generation, beside those that the files name.
enum EndTokens {
    /// The texts that chat models end a turn or a document with. A base vocabulary names one of them as its end; a model
    /// tuned for chat may emit another.
    private static let texts: Set<String> = [
        "</s>", "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>",
        "<end_of_turn>",
        "<EOT>", "<eos>",
    ]

    /// Only special tokens count: an ordinary token that spells one of the texts is text.
    static func of(_ added: [AddedToken], named: some Sequence<Int>, vocabularySize: Int) -> Set<Int> {
        Set(added.filter { $0.isSpecial && texts.contains($0.text) }.map(\.id))
            .union(named.filter { $0 >= 0 && $0 < vocabularySize })
    }
}
