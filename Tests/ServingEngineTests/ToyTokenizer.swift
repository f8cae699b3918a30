import ModelFiles

/// One byte a token: ids are the letters of a small alphabet, so that any token has a text.
struct ToyTokenizer: Tokenizer {
    let vocabularySize = 97
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop = 0

    func encode(_ text: String, parsingSpecials: Bool) -> [Int] { text.utf8.map { Int($0) % 97 } }
    func bytes(of token: Int) -> [UInt8] { (0..<97).contains(token) ? [UInt8(token % 95 + 32)] : [] }
}
