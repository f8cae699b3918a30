/// Reads merges in order of rank and resolves the tokens that they name.
struct MergeReader {
    let vocabulary: Vocabulary
    private(set) var merges: PairMerges
    private var rank = 0
    /// Both texts of the current merge, kept to spare an allocation a line.
    private var text: [UInt8] = []

    init(vocabulary: Vocabulary, count: Int) {
        self.vocabulary = vocabulary
        merges = PairMerges(capacity: count)
    }

    /// A merge written as two texts with a space between.
    mutating func add(_ line: String) throws(ModelFileError) {
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: line.utf8)
        // A text may start with a space itself, but holds no other.
        guard let space = text.dropFirst().firstIndex(of: UInt8(ascii: " ")), space + 1 < text.count else {
            throw failure("is \"\(line.prefix(60))\", not two tokens with a space between")
        }
        text.remove(at: space)
        try add(border: space)
    }

    mutating func add(_ left: String, _ right: String) throws(ModelFileError) {
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: left.utf8)
        let border = text.count
        text.append(contentsOf: right.utf8)
        try add(border: border)
    }

    /// Adds the merge of what stands in `text` before and after its border.
    private mutating func add(border: Int) throws(ModelFileError) {
        merges.add(try id(text[..<border]), try id(text[border...]), rank: rank, merged: try id(text[...]))
        rank += 1
    }

    private func id(_ text: ArraySlice<UInt8>) throws(ModelFileError) -> Int32 {
        guard let id = text.withUnsafeBufferPointer({ vocabulary.id(of: $0) }) else {
            throw failure("names \"\(String(decoding: text.prefix(60), as: UTF8.self))\", which is no token")
        }
        return Int32(id)
    }

    private func failure(_ reason: String) -> ModelFileError {
        ModelFileError(path: vocabulary.path, "merge \(rank) \(reason)")
    }
}
