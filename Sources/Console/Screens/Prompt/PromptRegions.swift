import DeckCore
import TerminalKit

/// The prompt screen's boxes.
struct PromptRegions {
    let field: Rect
    let targets: Rect
    let samples: Rect
    let answers: Rect

    init(_ area: Rect, state: ConsoleState) {
        let isWide = area.width >= 100
        let hasSamples = !state.desk.saved.isEmpty
        let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
        if isWide {
            let (side, main) = area.splitLeft(min(44, area.width / 4))
            (targets, samples) = hasSamples ? side.splitTop(side.height / 2) : (side, none)
            (field, answers) = main.splitTop(min(5, max(3, main.height / 4)))
        } else {
            // Answers need the room once there are any.
            let listRows = area.height < 12 ? 0 : state.desk.session == nil ? area.height / 2 : min(6, area.height / 3)
            let (top, rest) = area.splitTop(listRows)
            (targets, samples) = hasSamples ? top.splitLeft(area.width / 3) : (top, none)
            (field, answers) = rest.splitTop(min(4, max(3, rest.height / 3)))
        }
    }

    var targetRows: Int { targets.inset(1, 1).height }
    var sampleRows: Int { samples.inset(1, 1).height }
}
