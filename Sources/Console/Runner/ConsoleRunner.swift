import DeckCore
import TerminalKit

/// Runs a console on the calling thread: keys and the deck's news in, frames and orders out.
///
/// Everything asynchronous happens in tasks that leave events in a mailbox; state, screen and drawing stay on one thread.
public final class ConsoleRunner {
    /// Frames a second at most after a key: faster than any refresh rate, so that typing never lags.
    static let keyFrames = 30.0
    /// The longest wait without news, in seconds: the age of the last snapshot is looked at this often.
    static let idleSeconds = 1.0

    private let deck: any Deck
    private let screen: any Screen
    private var themes: [Theme]
    private let mailbox: Mailbox
    private let services: ServiceDesk
    private let now: () -> Double
    private var state: ConsoleState
    private var theme: Theme
    /// The tasks that read the streams of each prompt session.
    private var readers: [Int: [Task<Void, Never>]] = [:]
    private var presented: CellGrid?
    /// When the last frame was drawn, and the last snapshot taken in.
    private var drawn = -Double.infinity
    private var taken = -Double.infinity
    /// Processor time that was spent on news and keys since the last frame.
    private var collected = 0.0

    /// - Parameters:
    ///   - themes: the values of `configuration.themes`, in any order; one that is missing is shown as plain text.
    ///   - services: what there is besides the deck and the screen.
    ///   - now: seconds on a clock that only goes forward; the system's when nil.
    public init(
        deck: any Deck, screen: any Screen, configuration: ConsoleConfiguration, themes: [Theme],
        services: ConsoleServices = ConsoleServices(), now: (() -> Double)? = nil
    ) {
        self.deck = deck
        self.screen = screen
        self.themes = themes
        self.mailbox = Mailbox(waker: screen.waker)
        self.services = ServiceDesk(services: services, mailbox: mailbox)
        let watch = Stopwatch()
        self.now = now ?? { watch.seconds }
        self.state = ConsoleState(configuration: configuration, size: screen.size, glyphs: screen.glyphs)
        self.theme = themes.first { $0.name == configuration.theme } ?? themes.first ?? .plain
    }

    /// Runs until the operator quits (nil) or the screen ends (why).
    @discardableResult
    public func run() -> ScreenEnd? {
        let feed = followSnapshots()
        defer {
            feed.cancel()
            for task in readers.values.joined() { task.cancel() }
        }
        var isDirty = true
        var isTyped = true
        while true {
            let time = now()
            let interval = 1 / (isTyped ? max(Self.keyFrames, Double(state.refresh)) : Double(max(1, state.refresh)))
            if isDirty, time - drawn >= interval {
                present(at: time)
                (isDirty, isTyped) = (false, false)
            }
            let input = screen.wait(milliseconds: waitMilliseconds(isDirty: isDirty, interval: interval))
            if let end = input.end { return end }
            let began = ThreadClock.seconds
            let before = Ageing(state)
            _ = reduce(&state, .tick(now()))
            if !input.keys.isEmpty {
                guard apply(.keys(input.keys, continues: input.continuesBurst)) else { return nil }
            }
            let news = news()
            for event in news {
                guard apply(event) else { return nil }
            }
            collected += ThreadClock.seconds - began
            isTyped = isTyped || !input.keys.isEmpty
            isDirty = isDirty || !input.keys.isEmpty || !news.isEmpty || Ageing(state) != before
        }
    }

    /// What came in. Of snapshots only as many are taken as are drawn: the deck may publish more often.
    private func news() -> [ConsoleEvent] {
        let time = now()
        let isDue = time - taken >= 1 / Double(max(1, state.refresh))
        let news = mailbox.drain(withSnapshot: isDue)
        if case .cleaned(_, let seconds)? = news.first {
            taken = time
            collected += seconds
        }
        return news
    }

    /// What changes on screen by time alone.
    private struct Ageing: Equatable {
        let flash: Flash?
        let staleSeconds: Int?

        init(_ state: ConsoleState) {
            flash = state.flash
            staleSeconds = state.staleSeconds.map { Int($0) }
        }
    }

    private func waitMilliseconds(isDirty: Bool, interval: Double) -> Int {
        let time = now()
        var seconds = Self.idleSeconds
        if isDirty { seconds = min(seconds, drawn + interval - time) }
        if mailbox.hasSnapshot { seconds = min(seconds, taken + 1 / Double(max(1, state.refresh)) - time) }
        if let flash = state.flash { seconds = min(seconds, flash.expires - time) }
        // Rounded up: a wait that ends a little early would only be followed by another.
        return Int((max(0, seconds) * 1000).rounded(.up))
    }

    private func present(at time: Double) {
        drawn = time
        let began = ThreadClock.seconds
        let grid = render(state, size: state.size)
        guard grid != presented else { return }
        let drawing = ThreadClock.seconds
        let bytes = screen.output.bytes
        screen.present(grid, theme: theme)
        presented = grid
        let ended = ThreadClock.seconds
        let cost = FrameCost(
            collect: collected, layout: drawing - began, draw: ended - drawing, bytes: screen.output.bytes - bytes,
            time: time, processor: ended)
        collected = 0
        _ = reduce(&state, .cost(cost))
    }

    private func followSnapshots() -> Task<Void, Never> {
        let snapshots = deck.snapshots()
        return Task { [mailbox] in
            // Not on the console's thread: a deck of ten thousand adapters must not hold up its keys.
            var before: SafeSnapshot?
            for await snapshot in snapshots {
                let began = ThreadClock.seconds
                let safe = SafeSnapshot(snapshot, after: before)
                before = safe
                mailbox.post(.cleaned(safe, seconds: ThreadClock.seconds - began))
            }
        }
    }

    /// False ends the console.
    private func apply(_ event: ConsoleEvent) -> Bool {
        // After a resize the terminal shows nothing of what was painted.
        if case .keys(let keys, _) = event, keys.contains(where: \.isResize) { presented = nil }
        if case .reloaded(let reload) = event { themes = reload.themes }
        for effect in reduce(&state, event) {
            switch effect {
            case .perform(let gated): perform(gated.command)
            case .submit(let session, let requests): submit(requests, session: session)
            case .cancel(let session):
                for task in readers.removeValue(forKey: session) ?? [] { task.cancel() }
            case .redraw: redraw()
            case .suspend:
                screen.suspend()
                _ = reduce(&state, .resize(screen.size))
                redraw()
            case .setTheme(let name):
                theme = themes.first { $0.name == name } ?? .plain
                presented = nil
            case .setRefresh: break  // The state carries the rate.
            case .reload: services.reload()
            case .listFolder(let folder): services.listFolder(folder)
            case .savePrompts(let adapter, let texts): services.savePrompts(texts, of: adapter)
            case .saveCommands(let lines): services.saveCommands(lines)
            case .copy(let what, let text): copy(text, what)
            case .dumpText(let text, let stem, let format, let path):
                services.dump(text, stem: stem, format, path: path)
            case .dumpScreen(let grid, let stem, let format, let path):
                let text =
                    format == .svg ? GridSVG(theme: theme).document(grid) : grid.lines.joined(separator: "\n") + "\n"
                services.dump(text, stem: stem, format, path: path)
            case .setMouse(let isOn): screen.setMouse(enabled: isOn)
            case .quit: return false
            }
        }
        return true
    }

    /// On the console's thread: the clipboard is reached through the terminal.
    private func copy(_ text: String, _ what: String) {
        switch screen.copyToClipboard(text) {
        case .sent(let way): services.say("\(what) copied (\(way))", .success)
        case .refused(let reason): services.say("\(what) was not copied: \(reason)", .warning)
        }
    }

    private func redraw() {
        screen.redrawFully()
        presented = nil
    }

    private func perform(_ command: DeckCommand) {
        let actor = state.configuration.actor
        Task { [deck, mailbox] in
            let outcome = await deck.perform(command, by: actor)
            mailbox.post(.outcome(command, outcome))
        }
    }

    private func submit(_ requests: [PromptRequest], session: Int) {
        let streams = deck.submit(requests)
        let tasks = streams.enumerated().map { column, stream in
            Task { [mailbox] in
                // Cancelling ends the loop and drops the stream, which aborts the request.
                for await update in stream { mailbox.post(.prompt(session: session, column: column, update)) }
                // A column that has its end already ignores this.
                mailbox.post(.prompt(session: session, column: column, .failed(.internal, "the answer broke off")))
            }
        }
        // A session that was still live has been cancelled before.
        readers = [session: tasks]
        for column in requests.indices.dropFirst(streams.count) {
            mailbox.post(.prompt(session: session, column: column, .failed(.internal, "the deck gave no answer")))
        }
    }
}
