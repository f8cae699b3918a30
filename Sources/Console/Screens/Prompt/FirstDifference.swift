/// Where an answer first differs from the base's.
public enum FirstDifference: Hashable, Sendable {
    /// As far as both have come they are the same.
    case none
    /// Both are whole, and the same.
    case same
    /// At the scalar of this index in this answer, and at this token of it (counted from 1).
    case at(scalar: Int, token: Int)
    /// One ended while the other went on, after this many tokens of it.
    case length(token: Int)

    /// Compares two answers by their text: what a reader sees differ, whatever tokens made it.
    ///
    /// - Parameters:
    ///   - ends: for each token of `answer`, how many scalars of its text had come with it.
    init(
        of answer: some StringProtocol, isWhole: Bool, ends: [Int], from base: some StringProtocol, baseIsWhole: Bool
    ) {
        var mine = answer.unicodeScalars.makeIterator()
        var theirs = base.unicodeScalars.makeIterator()
        var index = 0
        while true {
            switch (mine.next(), theirs.next()) {
            case (let left?, let right?):
                if left != right {
                    self = .at(scalar: index, token: Self.token(at: index, ends))
                    return
                }
                index += 1
            case (_?, nil):
                // The base may still say the same.
                self = baseIsWhole ? .at(scalar: index, token: Self.token(at: index, ends)) : .none
                return
            case (nil, _?):
                self = isWhole ? .length(token: ends.count) : .none
                return
            case (nil, nil):
                self = isWhole && baseIsWhole ? .same : .none
                return
            }
        }
    }

    private static func token(at index: Int, _ ends: [Int]) -> Int {
        (ends.firstIndex { $0 > index } ?? max(0, ends.count - 1)) + 1
    }

    /// The scalar to mark; nil where there is none.
    var mark: Int? {
        if case .at(let scalar, _) = self { scalar } else { nil }
    }

    /// In a few words for the head of an answer; nil while nothing can be said.
    func words(reference: String) -> String? {
        switch self {
        case .none: nil
        case .same: "as \(reference)"
        case .at(_, let token): "differs at token \(token)"
        case .length(let token): "ends at token \(token)"
        }
    }
}
