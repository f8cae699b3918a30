import ArgumentParser
import Foundation
import ModelFiles
import TerminalKit

/// The program: parses, runs one command, and turns its end into an exit code.
@main
struct Loradeck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loradeck",
        abstract: "A terminal console for multi-tenant LoRA serving: one base model, many adapters, one batch.",
        discussion: """
            EXAMPLES
              loradeck demo                                   the whole thing, live, on a small model
              loradeck run --model base.gguf --adapters loras your model and your adapters
              loradeck generate "Where is my parcel?" --adapter pirate-games --adapter base

            EXIT CODES
              0 done   1 failed   2 some of several requests failed   64 wrong usage
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, DemoCommand.self, ServeCommand.self, AttachCommand.self, GenerateCommand.self,
            TokenizeCommand.self, KeysCommand.self, TenantsCommand.self, UsageCommand.self,
            AdaptersCommand.self, FetchCommand.self, PlanCommand.self, SnapshotCommand.self, BenchCommand.self,
            ConfigCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    /// Commands run on the main thread, which belongs to no executor: the console needs it for itself.
    static func main() {
        MappedFile.surviveCutFiles()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            finish(with: error)
        }
        end(.success)
    }

    /// Ends the process. What is not the parser's own business goes to stderr in one sanitised piece, with exit code 1.
    private static func finish(with error: any Error) -> Never {
        // The parser knows help, version and wrong usage; a plain exit code comes after everything was said.
        if let code = error as? ExitCode { end(code) }
        guard error is Failure || exitCode(for: error) == .failure else {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { Output.emit(text + "\n", to: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO) }
            end(code)
        }
        Output.complain(String(describing: error))
        end(.failure)
    }

    /// Ends the process without what libraries do at an exit: OpenBLAS waits for its threads there, which never end where the
    /// system refused them memory.
    private static func end(_ code: ExitCode) -> Never {
        fflush(nil)
        _exit(code.rawValue)
    }
}

/// Why a command cannot do its work: one or more sentences that say what to do.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension ExitCode {
    /// Some of several requests failed; the others' answers are on stdout.
    static let partly = ExitCode(2)
}
