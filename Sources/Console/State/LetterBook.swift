/// Gives every adapter a letter and a colour for as long as the console runs, for the page map and the batch strip.
///
/// The letter comes from the name where it can; with more than 26 adapters letters repeat, with other colours first.
public struct LetterBook: Hashable, Sendable {
    /// An adapter's marks on maps and strips.
    public struct Entry: Hashable, Sendable {
        /// Upper case, A to Z.
        public let letter: Character
        /// Index of its categorical colour.
        public let series: Int
    }

    /// The base's own rows and KV pages.
    public static let base: Character = "0"
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    private var entries: [String: Entry] = [:]
    private var uses: [Character: Int] = [:]

    public init() {}

    public subscript(name: String) -> Entry { entries[name] ?? Entry(letter: "?", series: 0) }

    /// Adds the names that are new; the others keep what they have.
    public mutating func learn(_ names: [String]) {
        for name in names where entries[name] == nil {
            let wished = name.uppercased().filter { Self.alphabet.contains($0) }
            let least = Self.alphabet.map { uses[$0, default: 0] }.min() ?? 0
            let letter =
                wished.first { uses[$0, default: 0] == least }
                ?? Self.alphabet.first { uses[$0, default: 0] == least } ?? "?"
            uses[letter, default: 0] += 1
            entries[name] = Entry(letter: letter, series: entries.count % 8)
        }
    }
}
