import DeckCore
import TerminalKit

extension ConsoleState {
    /// Keys while a menu is open.
    mutating func choose(_ menu: Menu, _ key: Key) -> [ConsoleEffect] {
        var next = menu
        switch key {
        case .up, .character("k"): next.move(by: -1)
        case .down, .character("j"): next.move(by: 1)
        case .pageUp: next.move(by: -10)
        case .pageDown: next.move(by: 10)
        case .home: next.move(by: -menu.items.count)
        case .end: next.move(by: menu.items.count)
        case .enter: return take(menu)
        case .escape, .character("q"): return leave(menu)
        case .character(let character):
            guard next.jump(to: character) else { return [] }
            return take(next)
        default: return []
        }
        return moved(to: next)
    }

    /// The cursor of a menu stands elsewhere: a theme shows itself at once.
    mutating func moved(to menu: Menu) -> [ConsoleEffect] {
        overlay = .menu(menu)
        guard case .theme(let name)? = menu.item?.value, name != theme else { return [] }
        theme = name
        return [.setTheme(name)]
    }

    private mutating func leave(_ menu: Menu) -> [ConsoleEffect] {
        overlay = nil
        guard case .theme(let before) = menu.purpose, before != theme else { return [] }
        theme = before
        return [.setTheme(before)]
    }

    /// Takes the item under the cursor.
    mutating func take(_ menu: Menu) -> [ConsoleEffect] {
        guard let item = menu.item else { return leave(menu) }
        if let reason = item.disabledReason {
            say("\(item.title): \(reason)", .warning)
            overlay = .menu(menu)
            return []
        }
        overlay = nil
        switch item.value {
        case .theme(let name): return setTheme(name)
        case .copy(let what, let text): return [.copy(what: what, text: text)]
        case .dump(let format): return dump(format, path: nil)
        case .version(let digest):
            guard case .rollback(let name) = menu.purpose else { return [] }
            return ask(.rollback(adapter: name, to: digest))
        }
    }

    mutating func openThemes() {
        let themes = configuration.themes
        guard !themes.isEmpty else { return }
        overlay = .menu(
            Menu(
                .theme(before: theme), title: "theme", items: themes.map { Menu.Item($0, value: .theme($0)) },
                index: themes.firstIndex(of: theme) ?? 0))
    }

    mutating func openVersions() {
        guard let name = actionTarget?.adapter, let adapter = adapter(.adapter(name)) else { return }
        let format = Format(self)
        let items = adapter.versions.map { version in
            var note = "registered \(format.moment(version.registered)) from \(version.path)"
            if version.users > 0 { note += ", \(version.users) running" }
            if case .onlyInPlace = version.bytes { note += ", no copy is kept" }
            return Menu.Item(
                version.digest.short, note: note, value: .version(version.digest),
                disabledReason: version.isCurrent ? "the current version" : version.goneReason)
        }
        let earlier =
            items.firstIndex { $0.disabledReason == nil } ?? adapter.versions.firstIndex { !$0.isCurrent } ?? 0
        overlay = .menu(
            Menu(.rollback(adapter: name), title: "versions of \(name): roll back to", items: items, index: earlier))
    }

    mutating func openDumps() {
        overlay = .menu(
            Menu(
                .dump, title: "dump",
                items: [
                    Menu.Item("the screen as text", key: "t", value: .dump(.text)),
                    Menu.Item("the screen as a picture (SVG)", key: "s", value: .dump(.svg)),
                    Menu.Item(
                        "the table as CSV", key: "c", value: .dump(.csv),
                        disabledReason: view.screen.csv(self) == nil ? "this screen has no table" : nil),
                ]))
    }

    mutating func openCopies() {
        overlay = .menu(Menu(.copy, title: "copy", items: view.screen.copies(self)))
    }

    /// A dump of what is shown below all dialogs.
    mutating func dump(_ format: DumpFormat, path: String?) -> [ConsoleEffect] {
        if format == .csv {
            guard let csv = view.screen.csv(self) else {
                say("dump: this screen has no table; text and svg are possible", .warning)
                return []
            }
            return [.dumpText(csv.text, stem: view.kind.rawValue, format, path: path)]
        }
        var plain = self
        plain.overlay = nil
        plain.entry = nil
        plain.flash = nil
        return [.dumpScreen(render(plain, size: size), stem: view.kind.rawValue, format, path: path)]
    }
}
