/// A token that is found in the text as it stands, before any splitting or merging.
struct AddedToken: Hashable, Sendable {
    let id: Int
    let text: String
    /// Special tokens are found in markup only, others in users' text too.
    let isSpecial: Bool
    /// Takes the white space before it, or after it, along.
    var stripsLeft = false
    var stripsRight = false
}

/// What lies between added tokens, and these.
enum TextSegment: Hashable {
    case token(Int)
    case text(String)
}

/// Finds added tokens in a text: the leftmost first, of those the longest.
struct AddedTokens: Sendable {
    private let special: ByteTrie
    private let ordinary: ByteTrie
    private let stripping: [Int: AddedToken]
    /// How special tokens are written.
    let specialTexts: [Int: String]

    init(_ tokens: [AddedToken]) {
        special = ByteTrie(tokens.filter(\.isSpecial).map { (Array($0.text.utf8), $0.id) })
        ordinary = ByteTrie(tokens.filter { !$0.isSpecial }.map { (Array($0.text.utf8), $0.id) })
        stripping = Dictionary(
            tokens.filter { $0.stripsLeft || $0.stripsRight }.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        specialTexts = Dictionary(
            tokens.filter(\.isSpecial).map { ($0.id, $0.text) }, uniquingKeysWith: { first, _ in first })
    }

    /// Takes special tokens out of markup, joins what is left of adjacent parts, and takes ordinary added tokens out of
    /// that. No segment of text is empty, and none follows another.
    func split(_ parts: [PromptPart]) -> [TextSegment] {
        var joined: [TextSegment] = []
        for part in parts {
            switch part {
            case .content(let text): Self.append(text, to: &joined)
            case .markup(let text): split(text, by: special, into: &joined)
            }
        }
        guard !ordinary.isEmpty else { return joined }
        var segments: [TextSegment] = []
        for segment in joined {
            switch segment {
            case .token: segments.append(segment)
            case .text(let text): split(text, by: ordinary, into: &segments)
            }
        }
        return segments
    }

    private func split(_ text: String, by trie: ByteTrie, into segments: inout [TextSegment]) {
        let bytes = Array(text.utf8)
        var start = 0
        var index = 0
        while index < bytes.count {
            guard let match = trie.longestMatch(in: bytes, at: index) else {
                index += 1
                continue
            }
            Self.append(String(decoding: bytes[start..<index], as: UTF8.self), to: &segments)
            index += match.length
            if let token = stripping[match.id] {
                if token.stripsLeft { Self.stripEnd(of: &segments) }
                if token.stripsRight {
                    index += Self.blankBytes(bytes[index...])
                }
            }
            segments.append(.token(match.id))
            start = index
        }
        Self.append(String(decoding: bytes[start...], as: UTF8.self), to: &segments)
    }

    /// Bytes of the white space that a text begins with. Reads no further: what follows may be long, and is asked again
    /// after the next token.
    private static func blankBytes(_ text: ArraySlice<UInt8>) -> Int {
        var (rest, decoder, count) = (text.makeIterator(), UTF8(), 0)
        while case .scalarValue(let scalar) = decoder.decode(&rest), scalar.properties.isWhitespace {
            count += UTF8.width(scalar)
        }
        return count
    }

    private static func append(_ text: String, to segments: inout [TextSegment]) {
        guard !text.isEmpty else { return }
        guard case .text(var whole) = segments.last else { return segments.append(.text(text)) }
        // Taken out first: a text that grows piece by piece must not be copied for each.
        segments.removeLast()
        whole += text
        segments.append(.text(whole))
    }

    private static func stripEnd(of segments: inout [TextSegment]) {
        guard case .text(let text) = segments.last else { return }
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        segments.removeLast()
        append(String(scalars), to: &segments)
    }
}

/// Byte strings in a tree, to find the longest that starts at a place in one walk.
struct ByteTrie: Sendable {
    private struct Node: Sendable {
        var children: [UInt8: Int] = [:]
        var id: Int?
    }

    private var nodes = [Node()]
    /// Children of the root by byte, 0 for none: most walks end there.
    private var first = [Int](repeating: 0, count: 256)

    init(_ entries: [(text: [UInt8], id: Int)]) {
        for (text, id) in entries where !text.isEmpty {
            var node = 0
            for byte in text {
                if let child = nodes[node].children[byte] {
                    node = child
                } else {
                    nodes.append(Node())
                    nodes[node].children[byte] = nodes.count - 1
                    if node == 0 { first[Int(byte)] = nodes.count - 1 }
                    node = nodes.count - 1
                }
            }
            nodes[node].id = id
        }
    }

    var isEmpty: Bool { nodes.count == 1 }

    func longestMatch(in bytes: [UInt8], at start: Int) -> (id: Int, length: Int)? {
        var node = first[Int(bytes[start])]
        guard node != 0 else { return nil }
        var best: (id: Int, length: Int)?
        var index = start + 1
        while true {
            if let id = nodes[node].id { best = (id, index - start) }
            guard index < bytes.count, let child = nodes[node].children[bytes[index]] else { return best }
            node = child
            index += 1
        }
    }
}
