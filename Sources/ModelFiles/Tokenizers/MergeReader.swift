/// Reads merges in order of rank and resolves the tokens that they name.
struct MergeReader {
    let vocabulary: Vocabulary
    private(set) var merges: PairMerges
    private var rank = 0

    init(vocabulary: Vocabulary, count: Int) {
        self.vocabulary = vocabulary
        merges = PairMerges(capacity: count)
    }

    /// A merge written as two texts with a space between.
    mutating func add(_ line: String) throws(ModelFileError) {
        let bytes = Array(line.utf8)
        // A text may start with a space itself, but holds no other.
        guard let space = bytes.dropFirst().firstIndex(of: UInt8(ascii: " ")), space + 1 < bytes.count else {
            throw failure("is \"\(line.prefix(60))\", not two tokens with a space between")
        }
        try add(bytes[..<space], bytes[(space + 1)...], joined: bytes[..<space] + bytes[(space + 1)...])
    }

    mutating func add(_ left: String, _ right: String) throws(ModelFileError) {
        try add(Array(left.utf8)[...], Array(right.utf8)[...], joined: Array((left + right).utf8)[...])
    }

    private mutating func add(
        _ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, joined: ArraySlice<UInt8>
    ) throws(ModelFileError) {
        merges.add(try id(left), try id(right), rank: rank, merged: try id(joined))
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
