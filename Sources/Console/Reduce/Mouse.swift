import DeckCore
import TerminalKit

extension ConsoleState {
    /// What the mouse did. Whatever it hits that means nothing is left alone: a click never does more than a key there.
    mutating func handle(_ mouse: MouseEvent) -> [ConsoleEffect] {
        guard !isTooSmall else { return [] }
        let regions = Regions(self)
        if let overlay { return handle(mouse, on: overlay, in: regions.content) }
        guard entry == nil else { return [] }
        switch mouse.action {
        case .wheelUp: move(-1)
        case .wheelDown: move(1)
        case .press where mouse.button == .left: return press(mouse.x, mouse.y, regions)
        case .drag where mouse.button == .left && regions.content.contains(x: mouse.x, y: mouse.y):
            view.screen.drag(&self, x: mouse.x, y: mouse.y, in: regions.content)
        default: break
        }
        return []
    }

    private mutating func press(_ x: Int, _ y: Int, _ regions: Regions) -> [ConsoleEffect] {
        if regions.content.contains(x: x, y: y) {
            view.screen.press(&self, x: x, y: y, in: regions.content)
        } else if regions.tabs.contains(x: x, y: y), let view = HeaderView(self).tab(at: x) {
            show(view)
        } else if regions.hints.contains(x: x, y: y), let action = FootView(self).action(at: x, in: regions.hints) {
            return attempt(action)
        }
        return []
    }

    private mutating func handle(_ mouse: MouseEvent, on overlay: Overlay, in area: Rect) -> [ConsoleEffect] {
        switch mouse.action {
        case .wheelUp: return handle(.up, on: overlay)
        case .wheelDown: return handle(.down, on: overlay)
        case .press where mouse.button == .left: break
        default: return []
        }
        switch overlay {
        case .confirmation(let confirmation):
            let dialog = ConfirmationView(self, confirmation).dialog(in: area)
            guard let button = dialog.button(x: mouse.x, y: mouse.y, in: area) else { return [] }
            // The button that it says: the click is the other key that confirms.
            return button == 0 ? cancel() : confirm(confirmation)
        case .menu(var menu):
            guard let index = MenuView(self, menu).item(at: mouse.x, mouse.y, in: area) else { return [] }
            if index == menu.index { return take(menu) }
            menu.move(by: index - menu.index)
            return moved(to: menu)
        case .help, .form, .load: return []
        }
    }
}
