import ArgumentParser
import Foundation
import ModelFiles

/// `loradeck tokenize`
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn text into token ids.",
        discussion: """
            Special tokens written in the text become their ids; none is added.

            EXAMPLES
              loradeck tokenize "Hello world"
              echo '{"text": "Hello world"}' | loradeck tokenize --json --input -

            With --input, each line is a JSON object {"text"}, and each answer a line {"ids"}, or {"error"} (exit code 2).
            """)

    @Argument(help: ArgumentHelp("The text.", valueName: "text"))
    var text: String?

    @Option(help: ArgumentHelp("A file of lines {\"text\"}; - is stdin.", valueName: "file"))
    var input: String?

    @Flag(help: "Print JSON: {\"ids\": […]}, and {\"ids\"} a line with --input.")
    var json = false

    @Flag(help: "Take the text of special tokens as plain text.")
    var noSpecials = false

    @OptionGroup(title: "MODEL") var model: ModelOptions

    func validate() throws {
        if (text == nil) == (input == nil) { throw ValidationError("give a text, or a file with --input") }
        if input != nil, !json { throw ValidationError("--input needs --json") }
    }

    private struct Line: Decodable {
        let text: String
    }

    private struct Reply: Encodable {
        var ids: [Int]?
        var error: String?
    }

    func run() throws {
        let base = try OpenedBase(model, folders: Folders())
        guard let tokenizer = base.tokenizer else {
            throw Failure("\(base.model.displayName) has no tokenizer; name a model that has one with --model")
        }
        if let text {
            let ids = tokenizer.encode(text, parsingSpecials: !noSpecials)
            if json {
                try Output.json(Reply(ids: ids))
            } else {
                Output.line(ids.map(String.init).joined(separator: " "))
            }
            return
        }
        var good = 0
        var bad = 0
        for (number, line) in try GenerateCommand.lines(of: input ?? "-") {
            if let line = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) {
                good += 1
                try Output.json(Reply(ids: tokenizer.encode(line.text, parsingSpecials: !noSpecials)))
            } else {
                bad += 1
                try Output.json(Reply(error: "line \(number): an object with a string “text” is expected"))
            }
        }
        if bad > 0 { throw good == 0 ? ExitCode.failure : .partly }
    }
}
