import ModelFiles

/// Every token's bytes in one block, grouped by their first byte: what a grammar over bytes tests tokens with.
final class ByteVocabulary: Sendable {
    let count: Int
    private let storage: [UInt8]
    /// Where each token's bytes begin, and where the last one's end.
    private let starts: [Int32]
    /// Tokens by first byte, those that stand for nothing left out.
    let groups: [[Int32]]
    /// Tokens whose bytes are all printable ASCII that needs no escape in a JSON string.
    let plain: TokenMask

    init(_ tokenizer: any Tokenizer, count: Int) {
        var storage: [UInt8] = []
        var starts: [Int32] = [0]
        var groups = [[Int32]](repeating: [], count: 256)
        var plain = TokenMask(count: count)
        for token in 0..<count {
            let bytes = tokenizer.bytes(of: token)
            storage += bytes
            starts.append(Int32(storage.count))
            guard let first = bytes.first else { continue }
            groups[Int(first)].append(Int32(token))
            let isPlain = bytes.allSatisfy {
                (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
            if isPlain { plain.insert(token) }
        }
        self.count = count
        self.storage = storage
        self.starts = starts
        self.groups = groups
        self.plain = plain
    }

    func bytes(of token: Int) -> ArraySlice<UInt8> { storage[Int(starts[token])..<Int(starts[token + 1])] }

    /// Every token that may come next.
    func mask(_ grammar: JSONGrammar) -> TokenMask { search(grammar).mask }

    /// Every token that may come next, and how many bytes the grammar was asked about, which is what a mask costs.
    func search(_ grammar: JSONGrammar) -> (mask: TokenMask, questions: Int) {
        var questions = 0
        var mask = grammar.isInString ? plain : TokenMask(count: count)
        storage.withUnsafeBufferPointer { storage in
            for first in 0..<256 where !groups[first].isEmpty {
                var afterFirst = grammar
                questions += 1
                guard afterFirst.take(UInt8(first)) else { continue }
                for token in groups[first] where !mask.contains(Int(token)) {
                    var state = afterFirst
                    var index = Int(starts[Int(token)]) + 1
                    let end = Int(starts[Int(token) + 1])
                    while index < end {
                        questions += 1
                        guard state.take(storage[index]) else { break }
                        index += 1
                    }
                    if index == end { mask.insert(Int(token)) }
                }
            }
        }
        return (mask, questions)
    }
}
