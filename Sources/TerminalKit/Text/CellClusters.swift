/// A text cut into what single grid positions hold: a base scalar with its marks, and its width.
///
/// Finer than Swift's characters where terminals are: an Indic conjunct is one `Character` but takes a cell per
/// consonant. Controls come as clusters of width 0.
public struct CellClusters<Text: StringProtocol>: Sequence, IteratorProtocol {
    private var scalars: Text.UnicodeScalarView.Iterator
    private var pending: Unicode.Scalar?

    public init(_ text: Text) {
        self.scalars = text.unicodeScalars.makeIterator()
        self.pending = scalars.next()
    }

    public mutating func next() -> (character: Character, width: Int)? {
        guard let base = pending else { return nil }
        pending = scalars.next()
        var width = DisplayWidth.of(base)
        // The common case costs no table look-up: nothing below U+0300 joins its predecessor.
        guard width > 0, let follower = pending, follower.value >= 0x300 else { return (Character(base), width) }

        var cluster = String(base)
        var wantsPartner = base.isRegionalIndicator
        var isJoined = false
        while let scalar = pending {
            if wantsPartner, scalar.isRegionalIndicator {
                wantsPartner = false
                width = 2
            } else if isJoined, scalar.properties.isEmoji {
                isJoined = false
            } else if scalar.isEmojiModifier, base.properties.isEmojiModifierBase {
                width = 2
            } else if scalar.value == 0x200D {
                isJoined = true
            } else if scalar.joinsItsPredecessor {
                if scalar.value == 0xFE0F, base.properties.isEmoji, base.value > 0x7F { width = 2 }
            } else {
                break
            }
            cluster.unicodeScalars.append(scalar)
            pending = scalars.next()
        }
        // Swift may see a boundary where this rule does not (after an ignorable base); a Character must be one cluster.
        return (cluster.count == 1 ? Character(cluster) : Character(base), width)
    }
}

extension Unicode.Scalar {
    var isRegionalIndicator: Bool { (0x1F1E6...0x1F1FF).contains(value) }
    var isEmojiModifier: Bool { (0x1F3FB...0x1F3FF).contains(value) }

    /// Marks of width 0, variation selectors, and conjoining Hangul vowels and finals.
    var joinsItsPredecessor: Bool {
        guard value >= 0x300, DisplayWidth.of(self) == 0 else { return false }
        return properties.isGraphemeExtend || (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value)
    }
}
