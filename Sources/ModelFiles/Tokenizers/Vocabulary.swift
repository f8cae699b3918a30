/// Token texts by id, and ids by text, compared byte for byte.
///
/// Swift's own strings compare by canonical equivalence, which merges pieces that tokenizers keep apart (U+2126 and
/// U+03A9), and a hundred thousand of them are slow to hash. Texts stand in one block of bytes, with an open-addressed
/// table over them.
struct Vocabulary: Sendable {
    /// More tokens than any published model has; bounds what a hostile id can make us allocate.
    static let limit = 1 << 21

    private var storage: [UInt8] = []
    /// Where each token's text lies; empty for an id that has none.
    private var ranges: [Range<UInt32>] = []
    /// Ids by hash, -1 for free. The count is a power of two, at least twice the number of texts.
    private var slots: [Int32] = Array(repeating: -1, count: 1024)
    private var texts = 0
    let path: String

    /// `capacity` is how many texts are expected.
    init(path: String, capacity: Int = 0) {
        self.path = path
        while slots.count < min(capacity, Self.limit) * 2 {
            slots = Array(repeating: -1, count: slots.count * 2)
        }
    }

    /// One more than the largest id.
    var count: Int { ranges.count }

    /// The text of a token; empty for an unused id.
    func text(of id: Int) -> ArraySlice<UInt8> {
        guard ranges.indices.contains(id) else { return [] }
        return storage[Int(ranges[id].lowerBound)..<Int(ranges[id].upperBound)]
    }

    func string(of id: Int) -> String { String(decoding: text(of: id), as: UTF8.self) }

    func id(of text: String) -> Int? {
        var text = text
        return text.withUTF8 { id(of: $0) }
    }

    func id(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        var slot = Self.hash(text) & (slots.count - 1)
        while slots[slot] >= 0 {
            if isEqual(Int(slots[slot]), text) { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Throws when the id is out of range or taken, or the text is another token's.
    mutating func add(_ text: UnsafeBufferPointer<UInt8>, id: Int) throws(ModelFileError) {
        guard id >= 0, id < Self.limit else {
            throw ModelFileError(
                path: path, "the token \(Self.quoted(text)) has the id \(id), out of 0..<\(Self.limit)")
        }
        guard text.count <= 1 << 16, storage.count + text.count < 1 << 30 else {
            throw ModelFileError(path: path, "the text of token \(id) has \(text.count) bytes, which is too long")
        }
        if let other = self.id(of: text) {
            throw ModelFileError(path: path, "the tokens \(other) and \(id) have the same text \(Self.quoted(text))")
        }
        while ranges.count <= id { ranges.append(0..<0) }
        guard ranges[id].isEmpty else {
            throw ModelFileError(
                path: path, "the id \(id) stands for both \"\(string(of: id).prefix(40))\" and \(Self.quoted(text))")
        }
        // An empty text can be no token's encoding; its id stays without a text.
        guard !text.isEmpty else { return }
        let start = UInt32(storage.count)
        storage.append(contentsOf: text)
        ranges[id] = start..<UInt32(storage.count)
        texts += 1
        if texts * 2 > slots.count { grow() }
        place(id, hash: Self.hash(text))
    }

    /// The same for a string.
    mutating func add(_ text: String, id: Int) throws(ModelFileError) {
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBufferPointer { buffer throws(ModelFileError) in try add(buffer, id: id) }
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for id in ranges.indices where !ranges[id].isEmpty && ranges[id].upperBound < storage.count {
            place(id, hash: text(of: id).withUnsafeBufferPointer(Self.hash))
        }
    }

    private mutating func place(_ id: Int, hash: Int) {
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(id)
    }

    private func isEqual(_ id: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let range = ranges[id]
        guard range.count == text.count else { return false }
        let start = Int(range.lowerBound)
        for offset in 0..<text.count where storage[start + offset] != text[offset] { return false }
        return true
    }

    /// FNV-1a, folded so that the low bits depend on all of it.
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0x7FFF_FFFF)
    }

    private static func quoted(_ text: UnsafeBufferPointer<UInt8>) -> String {
        "\"" + String(decoding: text.prefix(60), as: UTF8.self) + "\""
    }
}
