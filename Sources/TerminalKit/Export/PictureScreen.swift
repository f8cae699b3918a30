import Dispatch

/// A screen without a terminal: keeps the last frame, presses keys at their moments, and ends by itself. What runs on it
/// is the whole console, so that a picture shows what an operator would see.
public final class PictureScreen: Screen {
    public let size: Size
    public let glyphs: GlyphSet
    public let waker: Waker
    /// The last frame, and the theme that it was shown with.
    public private(set) var frame: (grid: CellGrid, theme: Theme)?
    public private(set) var output = ScreenOutput()

    private let wakes = DispatchSemaphore(value: 0)
    private let start = DispatchTime.now()
    private let end: Double
    /// Seconds after the start, ascending.
    private var script: [(time: Double, key: Key)]

    /// - Parameters:
    ///   - keys: what is pressed, and when, in seconds from now.
    ///   - seconds: when the screen ends.
    public init(size: Size, glyphs: GlyphSet, keys: [(time: Double, key: Key)] = [], seconds: Double) {
        self.size = size
        self.glyphs = glyphs
        self.end = seconds
        self.script = keys.sorted { $0.time < $1.time }
        self.waker = Waker { [wakes] in wakes.signal() }
    }

    public func wait(milliseconds: Int) -> ScreenInput {
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
        if elapsed >= end { return ScreenInput(end: .terminated) }
        if let next = script.first, next.time <= elapsed {
            script.removeFirst()
            return ScreenInput(keys: [next.key])
        }
        let left = min(Double(milliseconds) / 1000, end - elapsed, (script.first?.time ?? end) - elapsed)
        _ = wakes.wait(timeout: .now() + max(0, left))
        return ScreenInput()
    }

    public func present(_ grid: CellGrid, theme: Theme) { frame = (grid, theme) }

    public func redrawFully() {}

    public func suspend() {}
}
