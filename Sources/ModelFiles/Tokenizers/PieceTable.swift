/// The pieces of a SentencePiece vocabulary: characters to symbols, their merges, and symbols to ids.
///
/// A symbol is a token's id, or stands for a character without a piece: at or above `count` when longer pieces contain
/// it and it can merge, negative otherwise.
struct PieceTable: Sendable {
    /// What a piece is for; raw values are GGUF's `tokenizer.ggml.token_type`.
    enum Kind: Int, Sendable {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    let count: Int
    private(set) var merges: PairMerges
    private(set) var decoded: TokenBytes
    /// Symbols of single characters.
    private var characters: [UInt32: Int32] = [:]
    /// The characters of symbols at and above `count`.
    private var loose: [UInt32] = []
    private var byteTokens = [Int](repeating: -1, count: 256)
    private let unknown: Int?
    /// Unused pieces only carry merges on: one that is left over falls apart again.
    private var unusedHalves: [Int32: (Int32, Int32)] = [:]

    /// With merges in order of rank, as tokenizer.json lists them.
    init(vocabulary: Vocabulary, kinds: [Kind], unknown: Int?, merges: PairMerges) {
        self.init(vocabulary, kinds, unknown, merges)
    }

    /// With merges that follow from scores: any two pieces that join to a third may, the best-scored third first.
    init(vocabulary: Vocabulary, kinds: [Kind], unknown: Int?, scores: [Float]) {
        self.init(vocabulary, kinds, unknown, PairMerges(capacity: vocabulary.count * 2))
        let mergeable = kinds.indices.filter { kinds[$0] == .normal || kinds[$0] == .unused }
        let order = Set(mergeable.map { scores[$0] }).sorted(by: >)
        let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        for id in mergeable {
            let text = Array(vocabulary.text(of: id))
            let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
            guard scalars.count > 1, let rank = ranks[scores[id]] else { continue }
            var border = 0
            for index in 1..<scalars.count {
                border += UTF8.width(scalars[index - 1])
                let left = index == 1 ? looseSymbol(of: scalars[0]) : symbol(text[..<border], vocabulary, kinds)
                let right =
                    index == scalars.count - 1
                    ? looseSymbol(of: scalars[index]) : symbol(text[border...], vocabulary, kinds)
                guard let left, let right else { continue }
                self.merges.add(left, right, rank: rank, merged: Int32(id))
                if kinds[id] == .unused, unusedHalves[Int32(id)] == nil { unusedHalves[Int32(id)] = (left, right) }
            }
        }
    }

    private init(_ vocabulary: Vocabulary, _ kinds: [Kind], _ unknown: Int?, _ merges: PairMerges) {
        count = vocabulary.count
        self.unknown = unknown
        self.merges = merges
        decoded = TokenBytes(count: vocabulary.count)
        for id in 0..<vocabulary.count {
            let text = vocabulary.text(of: id)
            switch kinds[id] {
            case .control, .unknown: decoded.append([])
            case .byte:
                let byte = Self.byte(of: text)
                if let byte, byteTokens[Int(byte)] < 0 { byteTokens[Int(byte)] = id }
                decoded.append(byte.map { [$0] } ?? [])
            case .normal, .userDefined, .unused:
                let string = String(decoding: text, as: UTF8.self)
                let spaced = string.unicodeScalars.map { $0 == SentencePieceTokenizer.space ? " " : $0 }
                decoded.append(spaced.flatMap { UTF8.encode($0).map(Array.init) ?? [] })
                if spaced.count == 1, kinds[id] != .userDefined, let scalar = string.unicodeScalars.first {
                    characters[scalar.value] = Int32(id)
                }
            }
        }
    }

    /// The byte that a piece such as `<0x0A>` stands for.
    static func byte(of text: ArraySlice<UInt8>) -> UInt8? {
        guard text.count == 6, text.starts(with: "<0x".utf8), text.last == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: text.dropFirst(3).dropLast(), as: UTF8.self), radix: 16)
    }

    func symbol(of scalar: Unicode.Scalar) -> Int32 { characters[scalar.value] ?? -1 - Int32(scalar.value) }

    /// Turns merged symbols into ids. Neighbouring characters without a piece or bytes share one unknown token.
    func append(_ symbols: [Int32], to ids: inout [Int]) {
        var pending = Array(symbols.reversed())
        var followsUnknown = false
        while let symbol = pending.popLast() {
            if let (left, right) = unusedHalves[symbol] {
                pending += [right, left]
                continue
            }
            if symbol >= 0, Int(symbol) < count {
                ids.append(Int(symbol))
                followsUnknown = false
                continue
            }
            let value = symbol < 0 ? UInt32(-1 - symbol) : loose[Int(symbol) - count]
            let bytes = Unicode.Scalar(value).flatMap { UTF8.encode($0).map(Array.init) } ?? []
            let tokens = bytes.map { byteTokens[Int($0)] }
            if !tokens.contains(-1) {
                ids += tokens
                followsUnknown = false
            } else if let unknown, !followsUnknown {
                ids.append(unknown)
                followsUnknown = true
            }
        }
    }

    private func symbol(_ text: ArraySlice<UInt8>, _ vocabulary: Vocabulary, _ kinds: [Kind]) -> Int32? {
        guard let id = text.withUnsafeBufferPointer({ vocabulary.id(of: $0) }) else { return nil }
        return kinds[id] == .normal || kinds[id] == .unused ? Int32(id) : nil
    }

    private mutating func looseSymbol(of scalar: Unicode.Scalar) -> Int32 {
        if let known = characters[scalar.value] { return known }
        let symbol = Int32(count + loose.count)
        loose.append(scalar.value)
        characters[scalar.value] = symbol
        return symbol
    }
}
