import ServingEngine

/// One request of a workload.
public struct LoadRequest: Hashable, Sendable {
    public enum Prompt: Hashable, Sendable {
        case text(String)
        case tokens([Int])
    }

    /// Counts the workload's requests from 0.
    public let index: Int
    /// The number of the adapter; nil asks the base.
    public let adapter: Int?
    public let prompt: Prompt
    public let outputTokens: Int
    public let tenant: String

    public init(index: Int, adapter: Int?, prompt: Prompt, outputTokens: Int, tenant: String) {
        self.index = index
        self.adapter = adapter
        self.prompt = prompt
        self.outputTokens = outputTokens
        self.tenant = tenant
    }

    /// What the adapter is called everywhere.
    public var adapterName: String? { adapter.map(BenchAdapters.name) }
}

/// A workload's requests, each a function of the seed and its index.
public struct RequestSource: Sendable {
    private let workload: Workload
    private let zipf: WeightedChoice?
    /// Goes into prompts alone, so that no server can answer one run from what it cached in another.
    private let salt: Int

    public init(_ workload: Workload, salt: Int) {
        self.workload = workload
        self.salt = salt
        zipf =
            workload.choice == .skewed
            ? WeightedChoice.zipf(count: workload.adapterCount, exponent: workload.zipfExponent) : nil
    }

    /// Request `index`, sent by stream `stream` of a closed loop (anything in an open one) for `tenant`.
    public func request(_ index: Int, stream: Int, tenant: String) -> LoadRequest {
        var random = SplitMix64(seed: workload.seed, index: index)
        let draw = random.unit()
        let adapter: Int? =
            switch workload.choice {
            case .base: nil
            case .identical: 0
            case .distinct: stream % workload.adapterCount
            case .uniform: min(workload.adapterCount - 1, Int(draw * Double(workload.adapterCount)))
            case .skewed: zipf?.item(at: draw)
            }
        var words = SplitMix64(seed: workload.seed ^ UInt64(truncatingIfNeeded: salt) << 32, index: index)
        return LoadRequest(
            index: index, adapter: adapter,
            prompt: PromptWriter(workload).prompt(length: workload.promptLength, using: &words),
            outputTokens: workload.outputTokens, tenant: tenant)
    }
}

/// Prompts of a given length.
struct PromptWriter: Sendable {
    private static let words = """
        the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which \
        one you were all her she there would their we him been has when who will no more if out so up said what its about \
        than into them can only other time new some could these two may first then do any like my now over such our man \
        me even most made after also did
        """.split(separator: " ")

    private let unit: Workload.PromptUnit
    private let vocabulary: Int

    init(_ workload: Workload) {
        unit = workload.promptUnit
        vocabulary = workload.vocabulary
    }

    func prompt(length: Int, using random: inout SplitMix64) -> LoadRequest.Prompt {
        switch unit {
        case .words:
            return .text((0..<length).map { _ in Self.words[pick(Self.words.count, &random)] }.joined(separator: " "))
        case .tokens:
            // The first ids are special tokens in most vocabularies.
            let first = vocabulary > 1024 ? 256 : 0
            return .tokens((0..<length).map { _ in first + pick(vocabulary - first, &random) })
        }
    }

    private func pick(_ count: Int, _ random: inout SplitMix64) -> Int { Int(random.unit() * Double(count)) }
}
