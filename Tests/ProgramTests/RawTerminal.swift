import Foundation
import Synchronization
import TestSupport

/// The real program on a pseudo-terminal of its own, whose bytes come when the test says so and not when a terminal does.
final class RawTerminal {
    struct Timeout: Error, CustomStringConvertible {
        let waitingFor: String
        let screen: [String]

        var description: String {
            "waited too long for \(waitingFor); the screen was:\n" + screen.joined(separator: "\n")
        }
    }

    /// What the reading thread paints and the test looks at.
    private final class Picture: Sendable {
        let content: Mutex<ASCIIPicture>

        init(_ picture: ASCIIPicture) { content = Mutex(picture) }
    }

    let state: URL
    private let process = Process()
    private let master: FileHandle
    private let picture: Picture

    /// Starts the console on the demo adapters, without traffic.
    init(width: UInt16 = 100, height: UInt16 = 30, environment extra: [String: String] = [:]) throws {
        state = try Fixture.temporaryFolder()
        let ends = try Self.open(width: width, height: height)
        master = ends.master
        picture = Picture(ASCIIPicture(width: Int(width), height: Int(height)))
        var environment = ProcessInfo.processInfo.environment
        for name in ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "TMUX"] { environment[name] = nil }
        environment.merge([
            "XDG_STATE_HOME": state.path, "XDG_CONFIG_HOME": state.path, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
        ]) { $1 }
        environment.merge(extra) { $1 }
        process.executableURL = Command.program
        process.arguments = [
            "run", "--memory", "64M", "--ascii", "--no-sync", "--adapters", Fixture.demoAdapters.path, "--model",
            Fixture.model.path,
        ]
        process.environment = environment
        process.standardInput = ends.slave
        process.standardOutput = ends.slave
        process.standardError = ends.slave
        master.readabilityHandler = { [picture] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            picture.content.withLock { $0.take(data) }
        }
        try process.run()
        try ends.slave.close()
    }

    deinit {
        master.readabilityHandler = nil
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: state)
    }

    var isRunning: Bool { process.isRunning }

    /// Writes pieces, each as one write after its pause: what a slow line does to bytes.
    func send(_ pieces: (pause: Int, text: String)...) throws {
        for piece in pieces {
            usleep(UInt32(piece.pause) * 1000)
            try master.write(contentsOf: Data(piece.text.utf8))
        }
    }

    /// A key by itself.
    func press(_ text: String) throws { try send((60, text)) }

    var screen: [String] { picture.content.withLock { $0.rows } }

    @discardableResult
    func waitUntil(_ what: String, seconds: Double = 60, _ condition: ([String]) -> Bool) throws -> [String] {
        let deadline = Date().addingTimeInterval(seconds)
        while true {
            let screen = screen
            if condition(screen) { return screen }
            guard Date() < deadline, isRunning else { throw Timeout(waitingFor: what, screen: screen) }
            usleep(20_000)
        }
    }

    @discardableResult
    func waitFor(_ text: String) throws -> [String] { try waitUntil("“\(text)”") { $0.contains { $0.contains(text) } } }

    func shows(_ text: String) -> Bool { screen.contains { $0.contains(text) } }

    /// TIOCSPTLCK and TIOCGPTN of Linux, whose macros Swift does not see; `unlockpt` and `ptsname` are these.
    private static let (unlock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

    private static func open(width: UInt16, height: UInt16) throws -> (master: FileHandle, slave: FileHandle) {
        let master = Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (number, lock): (Int32, Int32) = (0, 0)
        guard master >= 0, ioctl(master, Self.unlock, &lock) == 0, ioctl(master, Self.getNumber, &number) == 0 else {
            throw POSIXError(.ENODEV)
        }
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        var size = winsize(ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        let slave = Foundation.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw POSIXError(.ENODEV) }
        return (
            FileHandle(fileDescriptor: master, closeOnDealloc: true),
            FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        )
    }
}

/// What ASCII frames look like: text, places and erased ends of rows. Looks are left out.
struct ASCIIPicture {
    private let width: Int
    private var cells: [[UInt8]]
    private var place = (x: 0, y: 0)
    private var sequence: [UInt8]?

    init(width: Int, height: Int) {
        self.width = width
        cells = Array(repeating: Array(repeating: UInt8(ascii: " "), count: width), count: height)
    }

    var rows: [String] { cells.map { String(decoding: $0, as: UTF8.self) } }

    mutating func take(_ data: Data) {
        for byte in data {
            if let begun = sequence {
                take(byte, into: begun)
            } else if byte == 0x1B {
                sequence = []
            } else if byte >= 0x20, place.x < width, cells.indices.contains(place.y) {
                cells[place.y][place.x] = byte
                place.x += 1
            }
        }
    }

    private mutating func take(_ byte: UInt8, into begun: [UInt8]) {
        guard begun.first == UInt8(ascii: "[") else {
            // Others than CSI have one byte here.
            sequence = begun.isEmpty && byte == UInt8(ascii: "[") ? [byte] : nil
            return
        }
        guard (0x40...0x7E).contains(byte) else {
            sequence = begun + [byte]
            return
        }
        sequence = nil
        let numbers = String(decoding: begun.dropFirst(), as: UTF8.self).split(separator: ";").map { Int($0) ?? 1 }
        switch byte {
        case UInt8(ascii: "H"): place = ((numbers.dropFirst().first ?? 1) - 1, (numbers.first ?? 1) - 1)
        case UInt8(ascii: "C"): place.x += numbers.first ?? 1
        case UInt8(ascii: "G"): place.x = (numbers.first ?? 1) - 1
        case UInt8(ascii: "d"): place.y = (numbers.first ?? 1) - 1
        case UInt8(ascii: "K") where cells.indices.contains(place.y):
            for x in min(place.x, width)..<width { cells[place.y][x] = UInt8(ascii: " ") }
        default: break
        }
    }
}
