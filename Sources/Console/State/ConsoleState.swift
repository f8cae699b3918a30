import DeckCore
import TerminalKit

/// The line at the foot of the screen while something is typed into it.
public struct EntryLine: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case filter, command
    }

    public let kind: Kind
    public var field: TextField
    /// The filter that Esc brings back.
    public let previous: String

    public init(kind: Kind, text: String = "") {
        self.kind = kind
        self.field = TextField(text, limit: 1_000)
        self.previous = text
    }
}

/// Everything that the console knows: a value, changed by `reduce` and drawn by `render`.
public struct ConsoleState: Sendable {
    public internal(set) var configuration: ConsoleConfiguration
    public var size: Size
    public let glyphs: GlyphSet
    /// Seconds, as the last tick said.
    public internal(set) var now = 0.0
    /// What is shown. Nil before the deck's first snapshot.
    var shown: SafeSnapshot?
    /// The newest snapshot while the screen is paused.
    var held: SafeSnapshot?
    /// What happened while the screen was paused.
    var heldLog: EventLog?
    public internal(set) var isPaused = false
    /// What is kept of the moments that were seen.
    public internal(set) var chronicle = Chronicle()
    /// The recorded moment on screen; nil shows the present.
    public internal(set) var past: Moment?
    /// What the latest frames cost, and whether that is shown.
    public internal(set) var cost = OwnCost()
    /// `cost.share` when the shown snapshot came: the header moves with snapshots, not by what drawing it cost.
    var shownShare: Double?
    public internal(set) var showsCost = false
    /// When lists and strips moved last.
    var moved = -Double.infinity
    /// When the newest snapshot came.
    public internal(set) var snapshotArrived: Double?
    /// Open views, the visible one last; never empty.
    public internal(set) var stack: [View] = [.overview]
    public internal(set) var overlay: Overlay?
    public internal(set) var entry: EntryLine?
    public internal(set) var commandHistory: History
    /// What was listed for completing paths.
    public internal(set) var paths = PathBook()
    public internal(set) var undo = UndoBook()
    public internal(set) var flash: Flash?
    /// The row under the cursor, in the overview's and the adapters' table alike.
    public internal(set) var selected: Target?
    public internal(set) var marks: Set<Target> = []
    public internal(set) var overviewList = AdapterList(sort: .activity, isDescending: true)
    public internal(set) var adapterList = AdapterList(sort: .name, isDescending: false)
    public internal(set) var overviewLayout = OverviewLayout.balanced
    public internal(set) var pages = PagesDesk()
    public internal(set) var batch = BatchDesk()
    public internal(set) var latency = LatencyDesk()
    public internal(set) var requests = RequestsDesk()
    public internal(set) var history = HistoryDesk()
    public internal(set) var plan = PlanDesk()
    public internal(set) var replicas = ReplicasDesk()
    /// First visible row of an opened page.
    public internal(set) var detailTop = 0
    public internal(set) var log = EventLog()
    public internal(set) var desk: PromptDesk
    public internal(set) var letters = LetterBook()
    public internal(set) var theme: String
    /// Frames a second at most.
    public internal(set) var refresh: Int
    /// Whether mouse events are taken from the terminal.
    public internal(set) var takesMouse: Bool
    /// The keys that came together last.
    var burst = KeyBurst()
    /// Commands on their way.
    public internal(set) var pending = 0

    public init(configuration: ConsoleConfiguration, size: Size, glyphs: GlyphSet) {
        self.configuration = configuration
        self.size = size
        self.glyphs = glyphs
        self.desk = PromptDesk(maxTokens: configuration.maxTokens, saved: configuration.prompts)
        self.commandHistory = History(configuration.commandHistory)
        self.takesMouse = configuration.takesMouse
        self.theme = configuration.theme
        self.refresh = configuration.refresh
        self.overviewLayout = configuration.layout
        if configuration.screen != .overview { stack.append(configuration.screen) }
    }

    /// The snapshot on screen, safe to draw; nil before the deck's first one.
    public var snapshot: DeckSnapshot? { shown?.snapshot }

    /// The visible view.
    public var view: View { stack.last ?? .overview }

    /// The adapter, or the base, that a target stands for at the shown moment.
    public func adapter(_ target: Target) -> AdapterSnapshot? {
        switch target {
        case .base: snapshot?.base
        case .adapter(let name): snapshot?.adapters.first { $0.name == name }
        }
    }

    /// What actions act on: the row under the cursor, or the adapter whose detail is open.
    public var actionTarget: Target? { view.screen.target(self) }

    /// The list behind the visible adapter table.
    public var list: AdapterList? {
        switch view {
        case .overview: overviewList
        case .adapters: adapterList
        default: nil
        }
    }

    /// The smallest size in which views are drawn.
    public static let minimumSize = Size(width: 40, height: 10)

    public var isTooSmall: Bool {
        size.width < Self.minimumSize.width || size.height < Self.minimumSize.height
    }
}
