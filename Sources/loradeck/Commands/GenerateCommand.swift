import ArgumentParser
import DeckCore
import Foundation
import ModelFiles
import ServingEngine

/// `loradeck generate`
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Answer one prompt with one or several adapters, or a whole file of requests, in one batch.",
        discussion: """
            One adapter streams its answer to stdout; several answer together in one batch, each printed when it is complete. \
            --adapter takes a name (of --adapters, or of the demo adapters on the demo model), an adapter folder, a .gguf \
            adapter, or `base`; without it the base answers.

            EXAMPLES
              loradeck generate "Where is my parcel?" --adapter pirate-games
              loradeck generate "Where is my parcel?" --adapter pirate-games --adapter ticket-json --adapter base
              loradeck generate "Once upon a time" --raw --temperature 0.8 --top-p 0.9 --seed 7 --model model.gguf
              loradeck generate --input requests.jsonl --json > answers.jsonl

            BATCH FILES
              Each line of --input is one JSON object:
                id                          anything that no line before has; the line's number when left out
                adapter                     name, folder, or null for the base
                prompt | raw | prompt_ids   one of: chat prompt, text as it is, token ids as they are
                max_tokens, temperature, top_k, top_p, min_p, seed, stop, repetition_penalty, presence_penalty,
                frequency_penalty           as the flags, whose values are the defaults
                logprobs                    K: the K most likely tokens at each generated position
                prompt_logprobs             true: of each prompt token given those before (default: true with logprobs)
                force_ids                   tokens fed instead of sampled ones, for teacher-forced scoring
                ignore_eos                  true: generate on through the end (default: true with force_ids)
              Each answer is one JSON line, in the order of the input: id, adapter, prompt_ids, ids, text, finish_reason,
              prompt_logprobs and top_logprobs [[[id, natural log], …], …] where asked for, timings (seconds after
              submission); or id and error. A bad line is an error answer, and the others run; its id is null where the
              line has none that can be read, or another's.

            EXIT CODES
              0 all answered   1 none did   2 some failed   64 wrong usage
            """)

    @Argument(help: ArgumentHelp("The prompt; - reads it from stdin.", valueName: "prompt"))
    var prompt: String?

    @Option(
        help: ArgumentHelp("Who answers: a name, a folder, a .gguf adapter, or base. Repeatable.", valueName: "name"))
    var adapter: [String] = []

    @Option(help: ArgumentHelp("A batch file, one JSON object a line; - is stdin.", valueName: "file"))
    var input: String?

    @Flag(help: "Send the prompt as it is, without the chat template.")
    var raw = false

    @Option(help: ArgumentHelp("The system prompt, instead of the template's own.", valueName: "text"))
    var system: String?

    @Option(help: ArgumentHelp("Report the k most likely tokens at each position (with --json).", valueName: "k"))
    var logprobs: Int?

    @Flag(help: "Print JSON, one object a line, instead of text.")
    var json = false

    @Flag(help: "Print tokens, seconds and tokens a second on stderr at the end.")
    var stats = false

    @OptionGroup(title: "SAMPLING") var sampling: SamplingOptions
    @OptionGroup(title: "MODEL") var model: ModelOptions
    @OptionGroup(title: "ADAPTERS") var flags: AdapterFlags
    @OptionGroup(title: "ENGINE") var compute: ComputeFlags

    func validate() throws {
        switch (prompt, input) {
        case (nil, nil): throw ValidationError("give a prompt, or a batch file with --input")
        case (_?, _?): throw ValidationError("give a prompt or --input, not both")
        case (nil, _?):
            if !json { throw ValidationError("--input needs --json") }
            if !adapter.isEmpty || raw || system != nil || logprobs != nil {
                throw ValidationError(
                    "--adapter, --raw, --system and --logprobs belong to a prompt; a batch line has its own")
            }
        case (_?, nil): break
        }
        if raw, system != nil { throw ValidationError("--system needs the chat template; --raw goes without") }
        if logprobs != nil, !json { throw ValidationError("--logprobs needs --json") }
        if let logprobs, logprobs < 0 { throw ValidationError("--logprobs must not be negative") }
    }

    func run() throws {
        let folders = Folders()
        // Told apart before the model is opened, which takes longer.
        let isDemo = try model.resolve(folders).isDemo
        let root = try flags.root(isDemoModel: isDemo)
        let names = try AdapterNames(root: root)
        var batch = try readBatch(names)
        let base = try OpenedBase(model, folders: folders)
        batch.refuse { request in
            guard case .chat = request.content, base.template == nil else { return nil }
            return base.templateProblem
        }
        let deck = try EmbeddedDeck.start(
            base,
            roots: try AdapterRoots(root: root, named: batch.adapters.filter { !names.known.contains($0) }, base: base),
            compute: compute,
            memoryBytes: compute.memoryBytes, registry: nil)
        let tally = try Blocking.run { [batch] in try await answer(batch, on: deck) }
        if stats { Output.note(tally.summary) }
        if let code = tally.exitCode { throw code }
    }

    private func answer(_ batch: GenerateBatch, on deck: EmbeddedDeck) async throws -> AnswerTally {
        var batch = batch
        for refusal in await deck.register(batch.adapters, overrideBase: flags.overrideBase, by: "generate") {
            batch.refuse(refusal.adapter, reason: refusal.reason)
        }
        let printer = AnswerPrinter(json: json, isAlone: batch.entries.count == 1)
        var tally = AnswerTally()
        try await batch.run(
            on: deck.engine, onText: { printer.show(piece: $0) },
            onAnswer: { answer in
                tally.add(answer)
                try printer.show(answer)
            })
        await deck.engine.stop()
        return tally
    }

    private func readBatch(_ names: AdapterNames) throws -> GenerateBatch {
        var batch = GenerateBatch()
        if let input {
            var ids = BatchIDs()
            for (number, text) in try InputFile.lines(of: input) {
                do throws(BatchLine.Problem) {
                    let line = try BatchLine(text, number: number, defaults: sampling)
                    try Self.claim(line.id, number, &ids)
                    batch.add(id: line.id, target: line.adapter, request: line.request, names: names)
                } catch {
                    let isTaken = error.id != .null && ids.claim(error.id, line: number) != nil
                    batch.add(failure: isTaken ? BatchLine.Problem(id: .null, reason: error.reason) : error)
                }
            }
            guard !batch.entries.isEmpty else { throw Failure("\(input): there is no request in it") }
            return batch
        }
        let request = PromptRequest(
            adapter: nil, content: try content(), maxTokens: sampling.maxTokens, sampling: sampling.parameters,
            stop: sampling.stop, logprobs: logprobs, promptLogprobs: logprobs != nil, origin: "generate")
        for target in adapter.isEmpty ? ["base"] : adapter {
            batch.add(
                id: .string(target), target: target == "base" ? nil : target, request: request, names: names)
        }
        return batch
    }

    private static func claim(
        _ id: JSONValue, _ number: Int, _ ids: inout BatchIDs
    ) throws(BatchLine.Problem) {
        guard let other = ids.claim(id, line: number) else { return }
        throw BatchLine.Problem(
            id: .null, reason: "line \(number): the id \(id.shown) is line \(other)'s already; give it one of its own")
    }

    private func content() throws -> PromptRequest.Content {
        var text = prompt ?? ""
        if text == "-" {
            text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
            if text.hasSuffix("\n") { text.removeLast() }
        }
        guard !text.isEmpty else { throw Failure("the prompt is empty") }
        if raw { return .raw(text) }
        return .chat(
            (system.map { [ChatMessage(role: "system", content: $0)] } ?? []) + [
                ChatMessage(role: "user", content: text)
            ])
    }
}
