import Foundation

/// How far a download is, on stderr: a bar that is redrawn on a terminal, else a line at every quarter.
struct ProgressBar {
    private let title: String
    private let total: Int
    private let started = Date()
    private var quarter = 0
    private var isDrawn = false

    init(title: String, total: Int) {
        self.title = title
        self.total = total
    }

    /// `done` of `total` bytes have arrived.
    mutating func show(_ done: Int) {
        let fraction = min(1, Double(done) / Double(total))
        guard Output.errorIsTerminal else {
            if Int(fraction * 4) > quarter {
                quarter = Int(fraction * 4)
                Output.note("\(title): \(quarter * 25) %")
            }
            return
        }
        let width = 30
        let filled = Int(fraction * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let seconds = max(0.001, Date().timeIntervalSince(started))
        let rate = ByteCount(Int(Double(done) / seconds))
        // Erase to the end of the line, so that a shorter text leaves nothing behind.
        Output.emit(
            "\r\(title) [\(bar)] \(Int(fraction * 100)) %  \(ByteCount(done)), \(rate)/s\u{1B}[K", to: STDERR_FILENO)
        isDrawn = true
    }

    /// Leaves the last state standing on a line of its own.
    mutating func finish() {
        if isDrawn { Output.emit("\n", to: STDERR_FILENO) }
        isDrawn = false
    }
}
