import Foundation
import TerminalKit

/// Where a command's words go: data to stdout, complaints to stderr. What reaches a terminal is sanitised on the way
/// (invariant 9); into a file or a pipe text goes as it is.
enum Output {
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// Text that may come from a model or a file, without a line break of its own. Safe to call piece by piece.
    static func write(_ text: String) {
        emit(isTerminal ? Sanitiser.text(text) : text, to: STDOUT_FILENO)
    }

    static func line(_ text: String = "") { write(text + "\n") }

    /// One JSON document on one line. `isSnakeCase` spells the keys of values that do not do so themselves as all
    /// documents do.
    static func json(_ value: some Encodable, isSnakeCase: Bool = false) throws {
        let encoder = JSONEncoder()
        if isSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }

    static func complain(_ text: String) { emit("loradeck: " + Sanitiser.text(text) + "\n", to: STDERR_FILENO) }

    static func note(_ text: String) { emit(Sanitiser.text(text) + "\n", to: STDERR_FILENO) }

    /// Bytes as they are; returns early when nobody reads any more.
    static func emit(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                guard errno == EINTR || errno == EAGAIN else { return }
            } else {
                bytes = bytes.dropFirst(written)
            }
        }
    }
}
