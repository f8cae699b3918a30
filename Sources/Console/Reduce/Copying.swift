import DeckCore
import TerminalKit

extension ConsoleState {
    /// What can be copied of an adapter.
    func copies(of target: Target?) -> [Menu.Item] {
        guard let target, let adapter = adapter(target) else { return [] }
        let name = target == .base ? snapshot?.deck.baseName ?? "base" : adapter.name
        var items = [copyItem("n", target == .base ? "model name" : "name", name)]
        let digest = target == .base ? snapshot?.deck.baseDigest : adapter.digest
        if let digest { items.append(copyItem("d", "digest", digest.hex)) }
        if let path = adapter.facts?.path { items.append(copyItem("f", "path", path)) }
        if target != .base {
            let order = adapter.state.holdsPages ? "evict" : "load"
            items.append(copyItem("c", "command", "\(order) \(adapter.name)"))
        }
        return items
    }

    /// What can be copied of an event.
    func copies(of event: DeckEvent?) -> [Menu.Item] {
        guard let event else { return [] }
        var items = [copyItem("m", "message", event.message)]
        if let command = event.command { items.append(copyItem("c", "command", command)) }
        if let subject = event.subject { items.append(copyItem("n", "subject", subject)) }
        return items
    }

    /// What can be copied of a request.
    func copies(of id: RequestID?) -> [Menu.Item] {
        guard let id, let request = snapshot?.requests.first(where: { $0.id == id }) else { return [] }
        var items = [copyItem("n", "request", "\(id)")]
        if let adapter = request.adapter { items.append(copyItem("a", "adapter", adapter)) }
        if let digest = request.digest { items.append(copyItem("d", "digest", digest.hex)) }
        if request.phase.isLive { items.append(copyItem("c", "command", "abort \(id.value)")) }
        return items
    }

    /// What can be copied of the answers: each answer alone, the prompt, and all of them together.
    var answerCopies: [Menu.Item] {
        guard let session = desk.session else {
            return desk.field.isEmpty ? [] : [copyItem("p", "prompt", desk.field.text)]
        }
        var items = session.columns.enumerated().map { index, column in
            let key = index < 9 ? Character("\(index + 1)") : nil
            return Menu.Item(
                "answer of \(column.target.label)", note: brief(column.text), key: key,
                value: .copy(what: "answer of \(column.target.label)", text: column.text),
                disabledReason: column.text.isEmpty ? "nothing came so far" : nil)
        }
        items.append(copyItem("p", "prompt", session.prompt))
        if session.columns.count > 1 {
            let all = session.columns.map { "# \($0.target.label)\n\($0.text)\n" }.joined(separator: "\n")
            items.append(
                Menu.Item("all answers", note: "with their names", key: "a", value: .copy(what: "answers", text: all)))
        }
        return items
    }

    private func copyItem(_ key: Character, _ title: String, _ text: String) -> Menu.Item {
        Menu.Item(title, note: brief(text), key: key, value: .copy(what: title, text: text))
    }

    /// The beginning of a text on one line.
    private func brief(_ text: String) -> String {
        let line = Sanitiser.line(text)
        return line.columns > 60 ? line.fitted(60, glyphs: glyphs) : line
    }
}
