import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Every screen of the console on one deck: opened, moved about in, drawn and exported, at three sizes.
enum ScreenWalk {
    static let sizes = [Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 200, height: 60)]

    /// Keys that lead through all views, pages that open from them, and dialogs that reckon with figures.
    private static let keys: [Key] =
        "12".map { .character($0) } + [.down, .enter, .pageDown, .escape, .character("s"), .character("r")]
        + [.character("e"), .escape, .character("l"), .escape, .character("v"), .escape]
        + [.character("3"), .character(">"), .right, .tab, .enter, .escape]
        + [.character("4"), .left, .enter, .escape] + "5m>".map { .character($0) } + [.enter, .escape]
        + [.character("6"), .enter, .escape, .character("8"), .up] + "9<>[".map { .character($0) } + [.right, .escape]
        + [.character("w"), .down, .right, .down, .right, .down, .right, .down, .right, .left, .escape]
        + [.character("R"), .down, .down, .escape, .character("A"), .escape, .character("O"), .character("7")]

    /// The same without what opens from a view.
    private static let views: [Key] = "1234568w9".map { .character($0) } + [.escape, .character("R"), .character("7")]

    /// Returns the number of frames that were drawn.
    @discardableResult
    static func draw(_ snapshots: [DeckSnapshot], sizes: [Size] = sizes) -> Int {
        sizes.reduce(0) { $0 + press(keys, on: snapshots, $1) }
    }

    /// Every view once.
    @discardableResult
    static func glance(_ snapshot: DeckSnapshot, size: Size) -> Int { press(views, on: [snapshot], size) }

    private static func press(_ keys: [Key], on snapshots: [DeckSnapshot], _ size: Size) -> Int {
        let configuration = ConsoleConfiguration(theme: "dark", themes: ["dark"], movingSeconds: 0)
        var state = ConsoleState(configuration: configuration, size: size, glyphs: .unicode)
        for (place, snapshot) in snapshots.enumerated() {
            _ = reduce(&state, .tick(100 + Double(place)))
            _ = reduce(&state, .snapshot(snapshot))
        }
        for key in keys {
            _ = reduce(&state, .key(key))
            #expect(render(state, size: size).size == size)
            _ = state.view.screen.csv(state)
        }
        return keys.count
    }
}
