import TerminalKit

/// What a key can mean.
public enum ActionID: String, Hashable, Sendable, CaseIterable {
    case load, evict, pin, prompt, mark, compare, detail, open
    case loadFrom, versions, unregister, abort, admission, undo, copy, dump, mouse
    case options, typeValues, savePrompt, editPrompt, deletePrompt
    case filter, sort, reverse, follow
    case send, toggleTarget, stop
    case up, down, left, right, pageUp, pageDown, top, bottom, nextPanel, previousPanel
    case showOverview, showAdapters, showPages, showBatch, showLatency, showRequests, showPrompt, showEvents,
        showHistory
    case showPlan, showReplicas
    /// Steps through the recorded moments.
    case earlier, later, previousEvent, nextEvent
    /// A longer or a shorter stretch of time.
    case wider, narrower, measure
    /// The page map's zoom, an owner's pages, and the overview's layouts.
    case zoomIn, zoomOut, nextPage, previousPage, layout
    case command, help, cost, pause, theme, faster, slower, redraw, suspend, back, quit

    /// The view that it goes to; nil for every other action.
    var view: View? {
        switch self {
        case .showOverview: .overview
        case .showAdapters: .adapters
        case .showPages: .pages
        case .showBatch: .batch
        case .showLatency: .latency
        case .showRequests: .requests
        case .showPrompt: .prompt
        case .showEvents: .events
        case .showHistory: .history
        case .showPlan: .plan
        case .showReplicas: .replicas
        default: nil
        }
    }
}

/// One binding. Help, hints and the manual's key table come from these and from nothing else (as in k9s's `KeyActions`).
public struct KeyAction: Sendable {
    /// The key that is shown.
    public let key: Key
    /// Other keys that do the same.
    public let aliases: [Key]
    public let id: ActionID
    /// What it does, for the help.
    public let title: String
    /// A word for the hint line; nil keeps it out of there.
    public let hint: String?
    /// Whether help lists it.
    public let isVisible: Bool
    /// Whether it means the same in every view.
    public let isShared: Bool
    /// Whether it changes the deck in a way that takes something away.
    public let isDangerous: Bool
    /// Where it holds.
    public let views: Set<View.Kind>

    init(
        _ key: Key, _ id: ActionID, _ title: String, hint: String? = nil, aliases: [Key] = [], isVisible: Bool = true,
        isDangerous: Bool = false, in views: Set<View.Kind>? = nil
    ) {
        self.key = key
        self.aliases = aliases
        self.id = id
        self.title = title
        self.hint = hint
        self.isVisible = isVisible
        self.isShared = views == nil
        self.isDangerous = isDangerous
        self.views = views ?? Set(View.Kind.allCases)
    }

    /// The keys as a person reads them, such as `g Home`.
    public var keyLabel: String { ([key] + aliases).map(\.label).joined(separator: " ") }
}

extension Key {
    /// As a person reads it.
    public var label: String {
        switch self {
        case .character(" "): "Space"
        case .character(let character): String(character)
        case .control(let letter): "Ctrl-\(letter.uppercased())"
        case .alt(let character): "Alt-\(character)"
        case .enter: "Enter"
        case .escape: "Esc"
        case .tab: "Tab"
        case .backTab: "Shift-Tab"
        case .backspace: "Backspace"
        case .delete: "Del"
        case .insert: "Ins"
        case .up: "Up"
        case .down: "Down"
        case .left: "Left"
        case .right: "Right"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .function(let number): "F\(number)"
        case .paste: "paste"
        case .mouse: "mouse"
        case .resize: "resize"
        }
    }
}
