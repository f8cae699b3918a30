import TerminalKit

/// The frame's parts that every view has, from the size alone. What stands inside `content` is each screen's own matter.
struct Regions {
    let tabs: Rect
    let stats: Rect
    let content: Rect
    let message: Rect
    let hints: Rect

    init(_ size: Size) {
        let (head, body) = Rect(size).splitTop(2)
        let (main, foot) = body.splitBottom(2)
        (tabs, stats) = head.splitTop(1)
        (message, hints) = foot.splitTop(1)
        content = main
    }

    init(_ state: ConsoleState) { self.init(state.size) }

}
