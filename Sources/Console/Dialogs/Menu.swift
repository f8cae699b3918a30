import DeckCore
import TerminalKit

/// A short list to pick one thing from: themes, what to copy, earlier versions, kinds of dump.
public struct Menu: Hashable, Sendable {
    /// What picking does.
    public enum Purpose: Hashable, Sendable {
        /// Moving shows each theme at once; Esc brings back the one that there was.
        case theme(before: String)
        case copy
        case dump
        /// Points the adapter back at a version of it.
        case rollback(adapter: String)
    }

    /// What an item stands for.
    public enum Value: Hashable, Sendable {
        case theme(String)
        /// `what` names it for the message, `text` goes to the clipboard.
        case copy(what: String, text: String)
        case dump(DumpFormat)
        case version(Digest)
    }

    /// One line of the list; its texts are safe to draw.
    public struct Item: Hashable, Sendable {
        /// Picks the item wherever the cursor is; nil leaves it to the cursor.
        public let key: Character?
        public let title: String
        public let note: String
        public let value: Value
        /// Why it cannot be picked; nil when it can.
        public let disabledReason: String?

        init(_ title: String, note: String = "", key: Character? = nil, value: Value, disabledReason: String? = nil) {
            self.title = title
            self.note = note
            self.key = key
            self.value = value
            self.disabledReason = disabledReason
        }
    }

    public let purpose: Purpose
    public let title: String
    public let items: [Item]
    public private(set) var index: Int
    public var window = ScrollWindow()

    init(_ purpose: Purpose, title: String, items: [Item], index: Int = 0) {
        self.purpose = purpose
        self.title = title
        self.items = items
        self.index = items.indices.contains(index) ? index : 0
    }

    /// The item under the cursor.
    public var item: Item? { items.indices.contains(index) ? items[index] : nil }

    mutating func move(by rows: Int) { index = max(0, min(items.count - 1, index + rows)) }

    /// Puts the cursor on the item with a key; false when there is none.
    mutating func jump(to key: Character) -> Bool {
        guard let found = items.firstIndex(where: { $0.key == key }) else { return false }
        index = found
        return true
    }
}
