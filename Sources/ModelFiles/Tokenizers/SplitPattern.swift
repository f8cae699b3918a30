/// A text's scalars with what the splitting patterns ask of them.
struct ScalarText {
    enum Kind: UInt8 {
        /// \p{L}
        case letter
        /// \p{N}
        case number
        /// Carriage return or line feed.
        case newline
        /// Other white space, \s.
        case space
        case other
    }

    private(set) var scalars: [UInt32] = []
    private(set) var kinds: [Kind] = []
    /// Where each scalar starts in the UTF-8, and the length of that at the end.
    private(set) var starts: [Int] = []

    init(_ text: some Sequence<Unicode.Scalar>, count: Int) {
        scalars.reserveCapacity(count)
        kinds.reserveCapacity(count)
        starts.reserveCapacity(count + 1)
        var position = 0
        for scalar in text {
            scalars.append(scalar.value)
            kinds.append(Self.kind(of: scalar))
            starts.append(position)
            position += UTF8.width(scalar)
        }
        starts.append(position)
    }

    var count: Int { scalars.count }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A: return .letter
        case 0x30...0x39: return .number
        case 0x0A, 0x0D: return .newline
        case 0x20, 0x09, 0x0B, 0x0C: return .space
        case 0..<0x80: return .other
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return scalar.properties.isWhitespace ? .space : .other
        }
    }

    /// The end of the run of one kind that starts at `index`.
    func endOfRun(_ kind: Kind, from index: Int, to end: Int) -> Int {
        var index = index
        while index < end, kinds[index] == kind { index += 1 }
        return index
    }

    /// The end of the run of white space, newlines too, that starts at `index`.
    func endOfSpace(from index: Int, to end: Int) -> Int {
        var index = index
        while index < end, kinds[index] == .space || kinds[index] == .newline { index += 1 }
        return index
    }
}

/// The regular expressions that byte-level vocabularies split text with, run by hand: each step gives the end of the
/// match that the expression's alternatives, tried in order, would make.
enum SplitPattern: Hashable, Sendable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
    /// n is 3 for Llama 3 and 1 for Qwen 2.
    case llama3(digits: Int)
    /// Every scalar of \p{N} on its own, or runs of them; what stands between is left whole.
    case digits(single: Bool)

    /// The end of the piece that starts at `start`; `end` is where the text to split ends.
    func endOfPiece(in text: ScalarText, from start: Int, to end: Int) -> Int {
        switch self {
        case .gpt2: Self.gpt2(text, start, end)
        case .llama3(let digits): Self.llama3(text, start, end, digits: digits)
        case .digits(let single):
            if text.kinds[start] == .number {
                single ? start + 1 : text.endOfRun(.number, from: start, to: end)
            } else {
                (start..<end).first { text.kinds[$0] == .number } ?? end
            }
        }
    }

    private static func gpt2(_ text: ScalarText, _ start: Int, _ end: Int) -> Int {
        if let end = contraction(text, start, end, ignoresCase: false) { return end }
        let isSpace = text.scalars[start] == 0x20
        let first = isSpace && start + 1 < end ? start + 1 : start
        switch text.kinds[first] {
        case .letter, .number, .other: return text.endOfRun(text.kinds[first], from: first, to: end)
        case .space, .newline: return endOfBlank(text, start, end)
        }
    }

    private static func llama3(_ text: ScalarText, _ start: Int, _ end: Int, digits: Int) -> Int {
        if let end = contraction(text, start, end, ignoresCase: true) { return end }
        let kind = text.kinds[start]
        if kind == .letter { return text.endOfRun(.letter, from: start, to: end) }
        if kind == .number { return text.endOfRun(.number, from: start, to: min(end, start + digits)) }
        if kind != .newline, start + 1 < end, text.kinds[start + 1] == .letter {
            return text.endOfRun(.letter, from: start + 1, to: end)
        }
        let first = text.scalars[start] == 0x20 && start + 1 < end ? start + 1 : start
        if text.kinds[first] == .other {
            let last = text.endOfRun(.other, from: first, to: end)
            return text.endOfRun(.newline, from: last, to: end)
        }
        let blank = text.endOfSpace(from: start, to: end)
        if let newline = (start..<blank).last(where: { text.kinds[$0] == .newline }) { return newline + 1 }
        return endOfBlank(text, start, end)
    }

    /// `\s+(?!\S)|\s+`: the last blank before a word belongs to the word.
    private static func endOfBlank(_ text: ScalarText, _ start: Int, _ end: Int) -> Int {
        let blank = text.endOfSpace(from: start, to: end)
        return blank < end && blank - start > 1 ? blank - 1 : blank
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`
    private static func contraction(_ text: ScalarText, _ start: Int, _ end: Int, ignoresCase: Bool) -> Int? {
        guard text.scalars[start] == 0x27, start + 1 < end else { return nil }
        func letter(_ offset: Int) -> Unicode.Scalar? {
            guard start + offset < end, let scalar = Unicode.Scalar(text.scalars[start + offset]) else { return nil }
            guard ignoresCase else { return scalar }
            // The long s folds to s, as Oniguruma's case-insensitive match has it.
            if scalar == "\u{17F}" { return "s" }
            return ("A"..."Z").contains(scalar) ? Unicode.Scalar(scalar.value + 32) : scalar
        }
        switch letter(1) {
        case "s", "t", "m", "d": return start + 2
        case "r", "v": return letter(2) == "e" ? start + 3 : nil
        case "l": return letter(2) == "l" ? start + 3 : nil
        default: return nil
        }
    }
}
