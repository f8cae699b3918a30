import DeckCore

/// A saved prompt to pick from.
public struct DemoPrompt: Hashable, Sendable {
    /// The adapter it was written for; nil for the base.
    public let adapter: String?
    public let text: String

    public init(adapter: String?, text: String) {
        self.adapter = adapter
        self.text = text
    }
}

/// What a console is started with.
public struct ConsoleConfiguration: Hashable, Sendable {
    /// The theme at the start: one of `themes`.
    public var theme: String
    /// Names of the themes that `T` walks through.
    public var themes: [String]
    /// Saved prompts of the prompt screen.
    public var prompts: [DemoPrompt]
    /// Shown in the header; the deck itself refuses commands then.
    public var isReadOnly: Bool
    /// Who the audit log names.
    public var actor: String
    /// Tokens that a test prompt may generate.
    public var maxTokens: Int
    /// Frames a second at most.
    public var refresh: Int
    /// Seconds between two moves of what scrolls or is sorted: strips of steps, the page map, lists in their order, the
    /// event log. Figures follow every frame. Moving the rest with every frame costs a slow line most of its bytes, and
    /// cannot be read.
    public var movingSeconds: Double
    /// Seconds east of UTC, for times of day.
    public var timeZoneOffset: Int
    /// Lines that were typed after `:` before, oldest first.
    public var commandHistory: [String]
    /// Whether mouse events are taken from the terminal at the start.
    public var takesMouse: Bool
    /// What is open at the start, above the overview.
    public var screen = View.overview
    /// The overview's layout at the start.
    public var layout = OverviewLayout.balanced
    /// Shown in the header like a warning, such as PRODUCTION; empty shows none.
    public var label = ""
    public var borders = BorderChoice.square

    public init(
        theme: String, themes: [String], prompts: [DemoPrompt] = [], isReadOnly: Bool = false,
        actor: String = "console", maxTokens: Int = 128, refresh: Int = 4, movingSeconds: Double = 1,
        timeZoneOffset: Int = 0, commandHistory: [String] = [], takesMouse: Bool = true
    ) {
        self.theme = theme
        self.themes = themes
        self.prompts = prompts
        self.isReadOnly = isReadOnly
        self.actor = actor
        self.maxTokens = maxTokens
        self.refresh = refresh
        self.movingSeconds = movingSeconds
        self.timeZoneOffset = timeZoneOffset
        self.commandHistory = commandHistory
        self.takesMouse = takesMouse
    }
}
