import DeckCore
import TerminalKit

extension ConsoleState {
    /// The filter of the visible view.
    var filterText: String { view.screen.filter(self) ?? "" }

    mutating func openFilter() { entry = EntryLine(kind: .filter, text: filterText) }

    mutating func openCommandLine() {
        paths.begin()
        entry = EntryLine(kind: .command)
    }

    mutating func setFilter(_ text: String) { view.screen.setFilter(text, &self) }

    /// Keys while the filter or the command line is being typed.
    mutating func type(_ key: Key) -> [ConsoleEffect] {
        guard var line = entry else { return [] }
        switch key {
        case .escape:
            if line.kind == .filter { setFilter(line.previous) }
            entry = nil
            return []
        case .enter:
            entry = nil
            guard line.kind == .command else { return [] }
            commandHistory.add(line.field.text)
            return [.saveCommands(commandHistory.lines)] + runCommandLine(line.field.text)
        case .backspace where line.field.isEmpty:
            entry = nil
            return []
        case .tab where line.kind == .command:
            if let completed = Completion(line.field.text, state: self).text { line.field.replace(with: completed) }
        case .up where line.kind == .command:
            if let older = commandHistory.older() { line.field.replace(with: older) }
        case .down where line.kind == .command:
            if let newer = commandHistory.newer() { line.field.replace(with: newer) }
        default:
            guard line.field.handle(Self.safeLine(key)) else { return [] }
        }
        entry = line
        if line.kind == .filter { setFilter(line.field.text) }
        return line.kind == .command
            ? Completion(line.field.text, state: self).path.map { paths.need(for: $0) } ?? [] : []
    }

    /// Typed and pasted text enters the state clean, as one line.
    static func safeLine(_ key: Key) -> Key {
        switch key {
        case .character(let character): .paste(Sanitiser.line(String(character)))
        case .paste(let text): .paste(Sanitiser.line(text, limit: 1_000))
        default: key
        }
    }
}
