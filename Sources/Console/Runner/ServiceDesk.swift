import DeckCore
import TerminalKit

/// Carries out what a console wants from outside its deck and its screen, off the console's thread.
struct ServiceDesk: Sendable {
    let services: ConsoleServices
    let mailbox: Mailbox

    func listFolder(_ folder: String) {
        guard let list = services.listFolder else {
            mailbox.post(
                .folder(FolderListing(folder: folder, entries: [], problem: "paths are not completed on this deck")))
            return
        }
        Task { [mailbox] in mailbox.post(.folder(list(folder))) }
    }

    func savePrompts(_ texts: [String], of adapter: String) {
        guard let save = services.savePrompts else {
            say("kept until the console ends: this deck saves no prompts", .warning)
            return
        }
        let name = Sanitiser.line(adapter, limit: 200)
        Task {
            do {
                try save(adapter, texts)
                say("\(texts.count.counted("prompt")) saved for \(name)", .success)
            } catch {
                say("the prompts of \(name) were not saved: \(error)", .error)
            }
        }
    }

    func saveCommands(_ lines: [String]) {
        guard let save = services.saveCommands else { return }
        Task { save(lines) }
    }

    func reload() {
        guard let read = services.reload else { return say("reload: nothing is read from files here", .warning) }
        Task { [mailbox] in
            do {
                mailbox.post(.reloaded(try read()))
            } catch {
                say("reload: \(error)", .error)
            }
        }
    }

    func dump(_ content: String, stem: String, _ format: DumpFormat, path: String?) {
        guard let write = services.writeDump else {
            say("dump: nothing is written from here", .warning)
            return
        }
        Task {
            do {
                let file = try write(content, stem, format.suffix, path)
                say("dumped to \(file)", .success)
            } catch {
                say("dump: \(error)", .error)
            }
        }
    }

    func say(_ text: String, _ level: Flash.Level) { mailbox.post(.notice(text, level)) }
}
