import ArgumentParser
import DeckCore
import Foundation

/// Answers on their way to stdout: a stream of text for one, headed blocks for several, lines of JSON where asked for.
struct AnswerPrinter: Sendable {
    let json: Bool
    /// Whether there is one request only; its text is streamed.
    let isAlone: Bool

    /// A new piece of the text of a request that is alone.
    func show(piece: String) {
        if isAlone, !json { Output.write(piece) }
    }

    /// A complete answer.
    func show(_ answer: Answer) throws {
        if json { return try Output.json(answer) }
        let name = answer.adapter ?? "base"
        if let error = answer.error {
            // An answer that broke off leaves its text standing on a line of its own.
            if isAlone, !answer.text.isEmpty { Output.line() }
            return Output.complain(isAlone ? error : "\(name): \(error)")
        }
        guard !isAlone else { return Output.line() }
        Output.line("── \(name) ──")
        Output.line(answer.text.trimmingCharacters(in: .newlines))
        Output.line()
    }
}

/// How many answers came, and how fast.
struct AnswerTally {
    private var answered = 0
    private var failed = 0
    private var promptTokens = 0
    private var tokens = 0
    private let started = Date()

    mutating func add(_ answer: Answer) {
        if answer.failed { failed += 1 } else { answered += 1 }
        promptTokens += answer.promptIDs.count
        tokens += answer.ids.count
    }

    /// Nil when all were answered.
    var exitCode: ExitCode? {
        failed == 0 ? nil : answered == 0 ? .failure : .partly
    }

    /// One line, with what was measured since this was made.
    var summary: String {
        let seconds = max(1e-6, Date().timeIntervalSince(started))
        return
            "\((answered + failed).counted("request")), \(promptTokens.counted("prompt token")), \(tokens.counted("token")) in "
            + "\(Fixed.text(seconds, digits: 2)) s: \(Fixed.text(Double(tokens) / seconds, digits: 1)) tokens/s"
    }
}
