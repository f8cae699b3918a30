import DeckCore
import Foundation

/// What a command reads its lines from: a file, a pipe, a device, or `-` for stdin.
enum InputFile {
    /// The lines that are not blank, with their numbers from 1.
    static func lines(of input: String) throws(Failure) -> [(number: Int, text: Substring)] {
        String(decoding: try bytes(of: input), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { ($0.offset + 1, $0.element) }
            .filter { $0.1.contains { !$0.isWhitespace } }
    }

    private static func bytes(of input: String) throws(Failure) -> Data {
        let name = input == "-" ? "stdin" : input
        let descriptor = input == "-" ? STDIN_FILENO : open(input, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(name) cannot be read: \(FileFault.reason(code: errno))") }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: input != "-")
        do {
            return try file.readToEnd() ?? Data()
        } catch {
            throw Failure("\(name) cannot be read: \(FileFault.reason(error))")
        }
    }
}
