import DeckCore
import Foundation
import Inference
import ModelFiles
import ServingEngine
import TestSupport

/// What one prompt came to.
struct Answer: Sendable {
    var prompt: [Int] = []
    var tokens: [Int] = []
    var text = ""
    /// At each generated position the most likely tokens, most likely first.
    var top: [[TokenLogprob]] = []
    var promptLogprobs: [Float?] = []
    /// The most likely tokens at a place of the prompt.
    var promptTop: [Int: [TokenLogprob]] = [:]
    var finish: FinishReason?
    var failure: String?
    var preemptions = 0
}

/// A real engine on a real model, for tests.
struct OracleDeck {
    let engine: Engine

    /// `adapters` maps names to folders or files.
    init(
        model path: URL, adapters: [String: URL], precision: Precision, memoryBytes: Int, maxSequences: Int = 64
    ) async throws {
        let base = try BaseModel.open(path: path.path, aliases: [])
        let tokenizer =
            TokenizerFile.isPresent(in: base.metadata)
            ? try TokenizerFile.read(metadata: base.metadata, path: base.path) : nil
        let template = try base.chatTemplateSource.map { try ChatTemplate.recognise($0) }
        let model = EngineModel(
            forward: try Transformer(base, precision: precision, threads: 2), tokenizer: tokenizer,
            template: template, endTokens: tokenizer?.endTokens ?? [], name: base.displayName, names: base.names,
            digest: base.digest, summary: base.summary,
            moduleCount: base.config.layerCount * LinearModule.allCases.count)
        let reader = AdapterReader(
            base: BaseIdentity(names: base.names, digest: base.digest, architecture: base.config.architecture),
            config: base.config, root: nil)
        var options = EngineOptions(memoryBytes: memoryBytes)
        options.maxSequences = maxSequences
        engine = try Engine(model: model, adapters: reader, journal: VolatileJournal(), options: options)
        try engine.start()
        for (name, folder) in adapters.sorted(by: { $0.key < $1.key }) {
            let outcome = await engine.perform(
                .register(name: name, path: folder.path, overrideBase: false), by: "test")
            guard outcome.succeeded else { throw AdapterRefusal(outcome.message) }
        }
    }

    /// Submits together and collects in order.
    func ask(_ requests: [PromptRequest]) async -> [Answer] {
        await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, stream) in engine.submit(requests).enumerated() {
                group.addTask { (index, await Self.collect(stream)) }
            }
            var answers = [Answer](repeating: Answer(), count: requests.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private static func collect(_ stream: AsyncStream<PromptUpdate>) async -> Answer {
        var answer = Answer()
        for await update in stream {
            switch update {
            case .started(_, let tokens): answer.prompt = tokens
            case .promptAlternatives(let first, let tops):
                for (offset, top) in tops.enumerated() { answer.promptTop[first + offset] = top }
            case .token(let id, let text, _, let top):
                answer.tokens.append(id)
                answer.text += text
                answer.top.append(top)
            case .finished(let reason, let text, let logprobs, let timeline):
                answer.finish = reason
                answer.text += text
                answer.promptLogprobs = logprobs
                answer.preemptions = timeline.preemptions
            case .failed: answer.failure = update.failure
            }
        }
        return answer
    }
}
