import CNcurses
import CTerminal
import Foundation

/// The terminal of this process. ncurses knows the terminal and sets its modes; keys are read by `KeyReader`, frames are
/// written by `FrameWriter`. The only caller of ncurses, from the main thread only: ncurses is not thread-safe, and the kernel gives
/// SIGWINCH to the main thread.
///
/// Opening takes the terminal over; `close` (or the last reference) gives it back as it was, a crash does too. Control-C
/// stays a signal and ends the screen; Control-Z stops the process like any other's.
public final class TerminalSession: Screen {
    public private(set) var size: Size
    public let waker: Waker
    public let glyphs: GlyphSet
    /// What colours are shown with, after all limits.
    public let depth: ColorDepth
    /// The terminal description in use.
    public let terminalName: String
    /// What had to be put up with, a sentence each, for the log: another terminal description, no UTF-8 locale.
    public let notes: [String]

    private let pipe: WakePipe
    private let screen: OpaquePointer
    private let savedModes: termios
    private var stderrCapture: StderrCapture?
    private var writer: FrameWriter
    private var keyboard: KeyReader
    private var waiting: [Key] = []
    /// The burst that the last keys handed out were of.
    private var shownBurst = 0
    private var end: ScreenEnd?
    private var isOpen = true
    private var takesMouse: Bool
    private let isSynchronised: Bool
    private var shown: (grid: CellGrid, theme: Theme)?
    private let showCursor: String
    public private(set) var output = ScreenOutput()

    /// Takes the terminal over.
    ///
    /// - Throws: `TerminalError` when standard input or output is no terminal, TERM is unset or `dumb`, or no description
    ///   of it or a relative is installed. The terminal is untouched then.
    public init(_ options: TerminalOptions = TerminalOptions()) throws(TerminalError) {
        guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal("standard input") }
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal("standard output") }
        let environment = ProcessInfo.processInfo.environment
        guard let term = environment["TERM"], !term.isEmpty else { throw .typeUnset }
        guard term != "dumb", term != "unknown" else { throw .typeTooSimple(term) }
        guard let pipe = WakePipe() else { throw .notATerminal("this process, out of file descriptors,") }
        var modes = termios()
        guard tcgetattr(STDIN_FILENO, &modes) == 0 else { throw .notATerminal("standard input") }

        let locale = LocaleLadder.climb()
        let detected = ColorDepth.detect(environment: environment, wish: options.color)
        // Before newterm, which then leaves the signals alone.
        terminal_signals_install(pipe.writeEnd)
        // LINES and COLUMNS in the environment would freeze the size.
        use_env(false)
        use_tioctl(true)
        let candidates = TerminalNames.candidates(for: term, depth: detected)
        var opened: (screen: OpaquePointer, name: String)?
        for name in candidates {
            if let screen = nc_newterm(name) {
                opened = (screen, name)
                break
            }
        }
        guard let opened else {
            terminal_signals_remove(0)
            throw .typeUnknown(term, tried: candidates)
        }
        let abilities = TerminalAbilities.loaded()
        TerminalModes.start()
        guard abilities.isStandard else {
            endwin()
            tcsetattr(STDIN_FILENO, TCSANOW, &modes)
            terminal_signals_remove(0)
            delscreen(opened.screen)
            throw .typeTooSimple(opened.name)
        }

        var notes: [String] = []
        if opened.name != term, opened.name != term + "-256color" {
            notes.append(
                "the terminal type '\(Sanitiser.line(term, limit: 64))' is not known here, using \(opened.name)")
        }
        if locale == .none { notes.append("no UTF-8 locale was found, drawing with ASCII") }
        if case .fallback(let name) = locale { notes.append("the locale is not UTF-8, using \(name)") }

        self.pipe = pipe
        self.screen = opened.screen
        self.savedModes = modes
        self.terminalName = opened.name
        self.notes = notes
        self.waker = Waker { pipe.wake() }
        self.glyphs = LocaleLadder.glyphs(locale, term: term, wish: options.glyphs)
        self.depth = abilities.depth(detected: detected, isWish: options.color != nil)
        self.writer = FrameWriter(depth: depth, glyphs: glyphs, abilities: abilities)
        self.keyboard = KeyReader(
            escapeWait: EscapeWait.milliseconds(wish: options.escapeWait, environment: environment))
        self.showCursor = abilities.showCursor
        self.takesMouse = options.mouse
        self.isSynchronised = options.synchronisedOutput && !TerminalNames.lacksSynchronisedOutput(opened.name)
        self.size = TerminalModes.size()
        self.stderrCapture = StderrCapture()
        terminal_crash_arm(
            STDOUT_FILENO, &modes, UnsafeRawPointer(TerminalModes.reset.utf8Start),
            TerminalModes.reset.utf8CodeUnitCount,
            stderrCapture?.captured ?? -1, stderrCapture?.original ?? -1)
        enter()
    }

    deinit { close() }

    /// Gives the terminal back as it was found, and then shows what was written to standard error meanwhile. Calling it
    /// again does nothing.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        leaveModes()
        endwin()
        terminal_crash_disarm()
        var modes = savedModes
        tcsetattr(STDIN_FILENO, TCSANOW, &modes)
        terminal_signals_remove(end == .hangUp ? 1 : 0)
        stderrCapture.take()?.finish()
        delscreen(screen)
    }

    public func setMouse(enabled: Bool) {
        guard takesMouse != enabled else { return }
        takesMouse = enabled
        guard isOpen, hasModes else { return }
        TerminalModes.send(enabled ? TerminalModes.mouseOn : TerminalModes.mouseOff)
    }

    public func copyToClipboard(_ text: String) -> ClipboardOutcome {
        guard isOpen, end == nil else { return .refused("the terminal is gone") }
        return Clipboard(environment: ProcessInfo.processInfo.environment).copy(text) { TerminalModes.send($0) }
    }

    // MARK: - Drawing

    public func present(_ grid: CellGrid, theme: Theme) {
        guard isOpen, end == nil, terminal_crashed() == 0 else { return }
        if let shown, shown.theme == theme, shown.grid == grid { return }
        shown = (grid, theme)
        let start = TerminalModes.nanoseconds()
        var bytes = writer.write(grid, theme: theme, size: size)
        guard !bytes.isEmpty else { return }
        // One write, so that no terminal shows half a frame, and markers for those that would.
        if isSynchronised { bytes = Array("\u{1B}[?2026h".utf8) + bytes + Array("\u{1B}[?2026l".utf8) }
        TerminalModes.send(bytes)
        keyboard.look(at: TerminalModes.now())
        output.add(bytes: bytes.count, seconds: Double(TerminalModes.nanoseconds() - start) / 1e9)
    }

    public func redrawFully() {
        shown = nil
        writer.forget()
    }

    // MARK: - Waiting

    public func wait(milliseconds: Int) -> ScreenInput {
        guard isOpen else { return ScreenInput(end: end ?? .terminated) }
        let timeout = TerminalModes.now() + Int64(max(0, milliseconds))
        var isAwaited = false
        while end == nil {
            let now = TerminalModes.now()
            waiting += keyboard.read(at: now, isAwaited: isAwaited)
            if keyboard.isAtEnd { end = .hangUp }
            // What came before a deadline was looked at came in time, so reading goes first.
            if waiting.isEmpty { waiting += keyboard.expire(at: now) }
            guard waiting.isEmpty, end == nil else { break }
            let left = min(timeout, keyboard.deadline ?? .max) - now
            var files = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&files, 2, Int32(clamping: max(0, left)))
            if count < 0, errno == EINTR { continue }
            isAwaited = files[0].revents != 0
            if !isAwaited { keyboard.sawNothing(at: TerminalModes.now()) }
            if files[1].revents != 0 {
                handleSignals(pipe.drain())
                break
            }
            if Int32(files[0].revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 { end = .hangUp }
            if !isAwaited, TerminalModes.now() >= timeout { break }
        }
        defer { waiting = [] }
        let isContinued = keyboard.burst == shownBurst
        if !waiting.isEmpty { shownBurst = keyboard.burst }
        return ScreenInput(keys: waiting, continuesBurst: isContinued, end: end)
    }

    private func handleSignals(_ bytes: Set<UInt8>) {
        if bytes.contains(UInt8(ascii: "H")) {
            end = .hangUp
        } else if bytes.contains(UInt8(ascii: "T")) {
            end = .terminated
        } else if bytes.contains(UInt8(ascii: "Z")) {
            stop(wholeGroup: false)
        } else if bytes.contains(UInt8(ascii: "C")) {
            // Continued without having been asked to stop (SIGSTOP): the modes may be anybody's.
            endwin()
            resume()
        } else if bytes.contains(UInt8(ascii: "W")) {
            size = TerminalModes.size()
            redrawFully()
            waiting.append(.resize(size))
        }
    }

    // MARK: - Stopping

    public func suspend() { stop(wholeGroup: true) }

    private func stop(wholeGroup: Bool) {
        guard isOpen else { return }
        leaveModes()
        endwin()
        var modes = savedModes
        tcsetattr(STDIN_FILENO, TCSANOW, &modes)
        terminal_stop(wholeGroup ? 1 : 0)
        resume()
    }

    private func resume() {
        let missed = pipe.drain()
        if missed.contains(UInt8(ascii: "H")) { end = .hangUp }
        if missed.contains(UInt8(ascii: "T")) { end = end ?? .terminated }
        // A terminal that hung up meanwhile is not drawn on again.
        guard end == nil else { return }
        reset_prog_mode()
        enter()
        waiting.append(.resize(size))
    }

    // MARK: - Modes

    private var hasModes: Bool { !TerminalNames.isPlain(terminalName) }

    /// Shows the alternate screen, blank, as ncurses does at the first update and at the first after `endwin`.
    private func enter() {
        doupdate()
        if hasModes { TerminalModes.send(TerminalModes.enter + (takesMouse ? TerminalModes.mouseOn : "")) }
        size = TerminalModes.size()
        redrawFully()
    }

    private func leaveModes() {
        TerminalModes.send("\u{1B}[m" + showCursor + (hasModes ? TerminalModes.mouseOff + TerminalModes.leave : ""))
    }
}
