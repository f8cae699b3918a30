/// Wakes a screen that waits for input, from any thread.
public struct Waker: Sendable {
    private let action: @Sendable () -> Void

    public init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    public func wake() { action() }
}

/// Why a screen ended by itself.
public enum ScreenEnd: Sendable, Hashable {
    /// The terminal hung up, or its input ended.
    case hangUp
    /// SIGTERM or SIGINT.
    case terminated
}

/// What one wait brought.
public struct ScreenInput: Sendable {
    public var keys: [Key]
    /// Whether the keys came together with those of the wait before, faster than a person presses keys. Keys of one wait
    /// always came together.
    public var continuesBurst: Bool
    /// Set when the program must end now.
    public var end: ScreenEnd?

    public init(keys: [Key] = [], continuesBurst: Bool = false, end: ScreenEnd? = nil) {
        self.keys = keys
        self.continuesBurst = continuesBurst
        self.end = end
    }
}

/// What a screen has been sent so far: the console's own cost.
public struct ScreenOutput: Hashable, Sendable {
    /// Frames that changed something.
    public private(set) var frames = 0
    public private(set) var bytes = 0
    /// Of the latest frame: its bytes, and the seconds that working them out and writing them took.
    public private(set) var lastBytes = 0
    public private(set) var lastSeconds = 0.0

    public init() {}

    /// Counts a frame.
    public mutating func add(bytes count: Int, seconds: Double) {
        frames += 1
        bytes += count
        lastBytes = count
        lastSeconds = seconds
    }
}

/// A terminal as the console uses it: keys in, whole frames out. `TerminalSession` is the real one; tests bring a script.
///
/// All calls come from one thread; only the waker may be used from others.
public protocol Screen: AnyObject {
    var size: Size { get }
    var waker: Waker { get }
    /// Whether box drawing, block and braille characters can be shown.
    var glyphs: GlyphSet { get }

    /// Waits for keys, a resize, the waker or the timeout, whichever comes first.
    func wait(milliseconds: Int) -> ScreenInput

    /// Shows a frame, as one write; only what changed is sent.
    func present(_ grid: CellGrid, theme: Theme)

    /// Forgets what the terminal shows and paints everything at the next frame (Ctrl-L).
    func redrawFully()

    /// Whether mouse events are taken from the terminal; without, it selects text itself.
    func setMouse(enabled: Bool)

    /// Puts text on the user's clipboard, as far as that can be done; the outcome says how, or why not.
    func copyToClipboard(_ text: String) -> ClipboardOutcome

    /// What was sent so far.
    var output: ScreenOutput { get }

    /// Gives the terminal back, stops the process (as Ctrl-Z does) and returns when it is continued.
    func suspend()
}

extension Screen {
    /// A screen without a mouse ignores it.
    public func setMouse(enabled: Bool) {}

    public func copyToClipboard(_ text: String) -> ClipboardOutcome { .refused("this screen has no clipboard") }

    public var output: ScreenOutput { ScreenOutput() }
}
