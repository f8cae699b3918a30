/// A whole control sequence, and what it says: `ESC [ 1 ; 5 A`, `ESC O P`.
struct ControlSequence: Hashable {
    /// The byte after ESC that begins it.
    enum Introducer: UInt8 {
        case csi = 0x5B
        case ss3 = 0x4F
    }

    /// What is to be done now that it is whole.
    enum Meaning: Hashable {
        case key(Key)
        /// An answer, a report or a key that means nothing here.
        case nothing
        case pasteBegins
        /// A report of an old mouse protocol: so many bytes follow, whatever they are.
        case report(bytes: Int)
    }

    /// Bytes between introducer and final byte that are kept; longer ones mean nothing.
    static let longestBody = 64

    let introducer: Introducer
    let body: [UInt8]
    let final: UInt8

    /// As a terminal's description writes it.
    var bytes: [UInt8] { [0x1B, introducer.rawValue] + body + [final] }

    /// Whether a byte ends a sequence whose body is `body`. rxvt ends its shifted keys with a dollar sign, which elsewhere
    /// belongs to the middle.
    static func isFinal(_ byte: UInt8, after body: [UInt8]) -> Bool {
        if byte == UInt8(ascii: "$") { return !body.isEmpty && body.allSatisfy(isDigit) }
        return (0x40...0x7E).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    var meaning: Meaning {
        guard body.count <= Self.longestBody else { return .nothing }
        guard introducer == .csi else { return singleShift }
        switch (body.first, final) {
        case (nil, UInt8(ascii: "M")): return .report(bytes: 3)
        case (nil, UInt8(ascii: "t")): return .report(bytes: 2)
        case (nil, UInt8(ascii: "T")): return .report(bytes: 6)
        case (UInt8(ascii: "<")?, _): return mouse(Parameters(body.dropFirst()), codeOffset: 0)
        default: break
        }
        // A prefix or an intermediate byte marks an answer to a question.
        guard body.allSatisfy({ (0x30...0x3B).contains($0) }) else { return .nothing }
        let parameters = Parameters(body[...])
        if final == UInt8(ascii: "M"), parameters.count == 3 { return mouse(parameters, codeOffset: 32) }
        return key(parameters)
    }

    private func key(_ parameters: Parameters) -> Meaning {
        // The release of a key, as kitty's protocol tells it.
        if parameters[1]?.parts.dropFirst().first == 3 { return .nothing }
        let first = parameters[0]?.value
        switch final {
        case UInt8(ascii: "u"): return Meaning(ModifiedKey(kitty: parameters).key)
        case UInt8(ascii: "~") where first == 27 && parameters.count == 3:
            return Meaning(ModifiedKey(otherKeys: parameters).key)
        case UInt8(ascii: "~") where first == 200 && parameters.count == 1: return .pasteBegins
        // The letters ^, @ and $ are rxvt's for held Control and Shift.
        case UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: "@"), UInt8(ascii: "$"):
            return Meaning(first.flatMap { FunctionKeys.numbered[$0] })
        // rxvt's arrows with Shift, which take no parameters.
        case UInt8(ascii: "a")...UInt8(ascii: "d"):
            return parameters.isEmpty ? Meaning(FunctionKeys.lettered[final - 0x20]) : .nothing
        // F1 to F4 have 1 and the modifiers, from 2 on; what has other numbers is a report, such as the cursor's place (R).
        case UInt8(ascii: "P")...UInt8(ascii: "S"):
            let modifiers = parameters[1]?.parts.count == 1 ? parameters[1]?.value : nil
            guard parameters.count <= 2, first == nil || first == 1, modifiers != 1 else { return .nothing }
            return Meaning(FunctionKeys.lettered[final])
        default: return parameters.count <= 2 ? Meaning(FunctionKeys.lettered[final]) : .nothing
        }
    }

    /// SS3; some terminals write modifiers into it.
    private var singleShift: Meaning {
        guard body.allSatisfy({ (0x30...0x3B).contains($0) }) else { return .nothing }
        return Meaning(FunctionKeys.singleShift[final])
    }

    private func mouse(_ parameters: Parameters, codeOffset: Int) -> Meaning {
        guard parameters.count == 3, final == UInt8(ascii: "M") || final == UInt8(ascii: "m"),
            let code = parameters[0]?.value, let column = parameters[1]?.value, let row = parameters[2]?.value
        else { return .nothing }
        let (shifted, overflow) = code.subtractingReportingOverflow(codeOffset)
        guard !overflow else { return .nothing }
        return Meaning(
            MouseEvent(code: shifted, column: column, row: row, isRelease: final == UInt8(ascii: "m")).map {
                .mouse($0)
            })
    }
}

extension ControlSequence.Meaning {
    fileprivate init(_ key: Key?) { self = key.map { .key($0) } ?? .nothing }
}

/// The numbers of a control sequence: `1;5`, or `97:65;2` where a number has parts.
struct Parameters {
    struct Parameter {
        /// Its parts; nil where nothing, or no number, is written.
        let parts: [Int?]

        var value: Int? { parts.first ?? nil }
    }

    private let all: [Parameter]

    init(_ body: ArraySlice<UInt8>) {
        all =
            body.isEmpty
            ? []
            : body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { text in
                Parameter(
                    parts: text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
                        Int(String(decoding: $0, as: UTF8.self))
                    })
            }
    }

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }

    /// Nil where it is missing.
    subscript(index: Int) -> Parameter? { all.indices.contains(index) ? all[index] : nil }
}
