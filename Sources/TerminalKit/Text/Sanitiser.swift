/// Makes foreign text (adapter names, prompts, model output, paths) safe to draw, to log and to export.
///
/// The result holds no control, bidirectional override, invisible, private-use or unassigned scalar; every scalar in it
/// has a width that terminals agree on. What could deceive is replaced by a visible mark, what is merely invisible is
/// dropped. The class of attack: htop GHSA-q64m-h5hc-c4qq, "Trojan Source" (CVE-2021-42574), tag smuggling.
///
/// Clean a text whole: cleaning pieces of a stream one by one is safe too, but may show a split sequence as its parts.
public enum Sanitiser {
    /// Stands for what was taken out.
    public static let replacement: Unicode.Scalar = "\u{FFFD}"
    /// Stands for a line break where one line is wanted.
    public static let lineBreakMark: Unicode.Scalar = "\u{21B5}"
    /// Marks kept on one base; more ("Zalgo") would paint over the neighbouring rows.
    static let marksPerBase = 2
    private static let tabStop = 4

    /// Safe text for one line: breaks become `lineBreakMark`, tabs one blank. Cut after `limit` scalars with "…".
    public static func line(_ text: some StringProtocol, limit: Int = 4096) -> String {
        isPlain(text, limit: limit) ? String(text) : clean(text, keepsLines: false, limit: limit)
    }

    /// Safe text of several lines: every kind of line break becomes `\n`, tabs blanks up to a stop of 4.
    public static func text(_ text: some StringProtocol, limit: Int = 1 << 20) -> String {
        clean(text, keepsLines: true, limit: limit)
    }

    /// Whether a text is one line of printable ASCII within the limit, and stays as it is: most texts are.
    public static func isPlain(_ text: some StringProtocol, limit: Int = 4096) -> Bool {
        func check(_ bytes: some Sequence<UInt8>) -> Bool { bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }
        guard text.utf8.count <= limit else { return false }
        return text.utf8.withContiguousStorageIfAvailable { check($0) } ?? check(text.utf8)
    }

    private static func clean(_ text: some StringProtocol, keepsLines: Bool, limit: Int) -> String {
        var output = SafeText(keepsLines: keepsLines)
        for scalar in text.unicodeScalars {
            guard output.count < limit else { return output.result + "…" }
            output.take(scalar)
        }
        return output.result
    }

    /// One pass over scalars.
    private struct SafeText {
        let keepsLines: Bool
        private(set) var result = ""
        private(set) var count = 0
        private var column = 0
        /// The last scalar of width > 0 on this line, which marks attach to; nil at a line's start.
        private var base: Unicode.Scalar?
        private var marks = 0
        private var afterReturn = false
        private var afterJoiner = false
        private var inTags = false

        init(keepsLines: Bool) { self.keepsLines = keepsLines }

        mutating func take(_ scalar: Unicode.Scalar) {
            let isLineFeedOfPair = afterReturn && scalar == "\n"
            afterReturn = scalar == "\r"
            if isLineFeedOfPair { return }
            let isJoined = afterJoiner
            afterJoiner = false
            let value = scalar.value
            if (0x20..<0x7F).contains(value) { return put(scalar) }
            switch value {
            case 0x0A...0x0D, 0x85, 0x2028, 0x2029: return lineBreak()
            case 0x09: return tab()
            case 0xE0000...0xE007F:
                // A run of tags is one smuggled message: one mark.
                if !inTags { put(replacement) }
                inTags = true
                return
            case 0x200D:
                afterJoiner = base?.properties.isEmoji == true
                return
            case 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C: return put(replacement)
            case 0x1F1E6...0x1F1FF:
                // A flag becomes its country's letters.
                return put(Unicode.Scalar(UInt8(value - 0x1F1E6) + 0x41))
            case 0x1F3FB...0x1F3FF:
                if base?.properties.isEmoji != true { put(replacement) }
                return
            case 0x1160...0x11FF, 0xD7B0...0xD7FF: return joinHangul(scalar)
            // Versions of Unicode, or the C library, differ about their widths.
            case 0x2630...0x2637, 0x268A...0x268F, 0x3248...0x324F, 0x4DC0...0x4DFF, 0x1171E: return put(replacement)
            default: break
            }
            if isJoined, scalar.properties.isEmoji { return }
            takeByCategory(scalar)
        }

        private mutating func takeByCategory(_ scalar: Unicode.Scalar) {
            let properties = scalar.properties
            if properties.isDefaultIgnorableCodePoint || scalar.value == 0xAD { return }
            // Hosts older than a scalar do not know its width; unassigned ones have no age.
            guard let age = properties.age, age.major <= 14 else { return put(replacement) }
            switch properties.generalCategory {
            case .control, .format, .privateUse, .surrogate, .unassigned: put(replacement)
            case .enclosingMark: break
            case .nonspacingMark:
                guard base != nil else { return put(replacement) }
                guard marks < Sanitiser.marksPerBase else { return }
                marks += 1
                append(scalar)
            case .spaceSeparator: put(scalar.value == 0x3000 ? scalar : " ")
            default: put(scalar)
            }
        }

        /// Composes conjoining Hangul (Unicode section 3.12): syllables alone have a width that all agree on.
        private mutating func joinHangul(_ scalar: Unicode.Scalar) {
            let value = scalar.value
            if let initial = base?.value, marks == 0, (0x1100...0x1112).contains(initial),
                (0x1161...0x1175).contains(value)
            {
                return replaceBase(0xAC00 + ((initial - 0x1100) * 21 + (value - 0x1161)) * 28)
            }
            if let syllable = base?.value, marks == 0, (0xAC00...0xD7A3).contains(syllable),
                (syllable - 0xAC00) % 28 == 0, (0x11A8...0x11C2).contains(value)
            {
                return replaceBase(syllable + value - 0x11A7)
            }
            put(replacement)
        }

        private mutating func replaceBase(_ value: UInt32) {
            guard let composed = Unicode.Scalar(value) else { return }
            result.unicodeScalars.removeLast()
            result.unicodeScalars.append(composed)
            base = composed
        }

        private mutating func lineBreak() {
            inTags = false
            guard keepsLines else { return put(lineBreakMark) }
            append("\n")
            base = nil
            marks = 0
            column = 0
        }

        private mutating func tab() {
            guard keepsLines else { return put(" ") }
            repeat { put(" ") } while column % tabStop != 0
        }

        private mutating func put(_ scalar: Unicode.Scalar) {
            append(scalar)
            base = scalar
            marks = 0
            inTags = false
            column += DisplayWidth.of(scalar)
        }

        private mutating func append(_ scalar: Unicode.Scalar) {
            result.unicodeScalars.append(scalar)
            count += 1
        }
    }
}
