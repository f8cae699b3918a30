import ArgumentParser
import DeckCore

/// How the next token is picked, for prompts given on the command line.
struct SamplingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Tokens to generate at most.", valueName: "n"))
    var maxTokens = 128

    @Option(help: ArgumentHelp("0 always takes the most likely token.", valueName: "t"))
    var temperature: Float = 0

    @Option(help: ArgumentHelp("Keep the k most likely tokens; 0 keeps all.", valueName: "k"))
    var topK = 0

    @Option(help: ArgumentHelp("Keep the smallest set of tokens with this probability.", valueName: "p"))
    var topP: Float = 1

    @Option(help: ArgumentHelp("Drop tokens less likely than this share of the most likely one.", valueName: "p"))
    var minP: Float = 0

    @Option(help: ArgumentHelp("Divide logits of tokens seen before; 1 is off.", valueName: "x"))
    var repetitionPenalty: Float = 1

    @Option(help: ArgumentHelp("Subtract from logits of generated tokens, once.", valueName: "x"))
    var presencePenalty: Float = 0

    @Option(help: ArgumentHelp("Subtract from logits of generated tokens, at each occurrence.", valueName: "x"))
    var frequencyPenalty: Float = 0

    @Option(help: ArgumentHelp("Same seed, same tokens. (default: a fresh one)", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("End before this text. Repeatable.", valueName: "text"))
    var stop: [String] = []

    func validate() throws {
        if let problem = SamplingLimits.problem(parameters, maxTokens: maxTokens, stop: stop) {
            throw ValidationError(problem)
        }
    }

    var parameters: SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = temperature
        parameters.topK = topK
        parameters.topP = topP
        parameters.minP = minP
        parameters.repetitionPenalty = repetitionPenalty
        parameters.presencePenalty = presencePenalty
        parameters.frequencyPenalty = frequencyPenalty
        parameters.seed = seed
        return parameters
    }
}

/// What sampling parameters make sense, wherever they come from.
enum SamplingLimits {
    /// The first thing that does not; nil when all does.
    static func problem(_ parameters: SamplingParameters, maxTokens: Int, stop: [String]) -> String? {
        if maxTokens < 1 { return "max-tokens must be at least 1" }
        if !(0...100).contains(parameters.temperature) { return "temperature must be 0 to 100" }
        if parameters.topK < 0 { return "top-k must not be negative" }
        if !(parameters.topP > 0 && parameters.topP <= 1) { return "top-p must be above 0 and at most 1" }
        if !(0...1).contains(parameters.minP) { return "min-p must be 0 to 1" }
        if !SamplingParameters.repetitionPenalties.contains(parameters.repetitionPenalty) {
            return "repetition-penalty must be 0.01 to 100"
        }
        for penalty in [parameters.presencePenalty, parameters.frequencyPenalty]
        where !SamplingParameters.penalties.contains(penalty) {
            return "presence-penalty and frequency-penalty must be -100 to 100"
        }
        if stop.contains("") { return "a stop text must not be empty" }
        return nil
    }
}
