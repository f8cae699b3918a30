import ArgumentParser
import Foundation
import ModelFiles
import ServingAPI

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
        for (number, line) in try InputFile.lines(of: input ?? "-") {
            let reply: Reply
            do throws(Failure) {
                let text = try Self.text(of: line, number: number)
                reply = Reply(ids: tokenizer.encode(text, parsingSpecials: !noSpecials))
                good += 1
            } catch {
                reply = Reply(error: error.description)
                bad += 1
            }
            try Output.json(reply)
        }
        if bad > 0 { throw good == 0 ? ExitCode.failure : .partly }
    }

    /// The text of a line `{"text"}`.
    private static func text(of line: Substring, number: Int) throws(Failure) -> String {
        let document: JSONValue
        do throws(ModelFileError) {
            document = try JSONLine.parse(line, number: number)
        } catch {
            throw Failure(error.description)
        }
        guard let members = document.object else {
            throw Failure("line \(number): an object is expected, not \(document.shown)")
        }
        if let fault = FieldTable.tokenizeLine.fault(in: members) { throw Failure("line \(number): \(fault.reason)") }
        guard let field = document["text"] else { throw Failure("line \(number): text is missing") }
        guard let text = field.string else {
            throw Failure("line \(number): text must be a string, not \(field.shown)")
        }
        return text
    }
}
