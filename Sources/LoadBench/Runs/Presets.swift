/// The measurements that `loradeck bench` knows by name.
public enum Presets {
    public static let all: [Scenario] = [
        load("distinct16", "16 streams, 16 adapters of rank 16 on all linear layers") { _ in },
        load("one16", "16 streams, one adapter of rank 16") { $0.choice = .identical },
        load("base16", "16 streams, the base alone") { $0.choice = .base },
        load("base1", "one stream, the base alone") {
            $0.choice = .base
            $0.streams = 1
            $0.requests = 3
        },
        prefill512, distinct32, zipf1000, churn, cold, prefix, flood, soak,
        load("decode", "short prompts, long answers") {
            $0.promptLength = 8
            $0.outputTokens = 256
            $0.requests = 16
        },
        load("prefill", "long prompts, one token: with --streams and --adapters-count as you like", figure: .promptRate)
        {
            $0.promptUnit = .tokens
            $0.promptLength = 512
            $0.outputTokens = 1
        },
        mixed,
    ]

    /// What `all` runs, in order.
    public static let table = [
        "base1", "base16", "one16", "distinct16", "prefill512", "distinct32", "zipf1000", "churn", "cold", "prefix",
        "flood", "soak",
    ]

    public static func named(_ name: String) -> Scenario? { all.first { $0.name == name } }

    private static let allLayers = BenchAdapters.allTargets

    private static func load(
        _ name: String, _ abstract: String, figure: Figure = .outputRate, _ change: (inout Workload) -> Void
    ) -> Scenario {
        var workload = Workload()
        change(&workload)
        var scenario = Scenario(
            name: name, abstract: abstract, workload: workload,
            adapters: BenchAdapters(count: workload.adaptersNeeded, ranks: [16], targets: allLayers), method: .load)
        if figure == .promptRate { scenario.figures = [.promptRate, .timeToFirstMedian] }
        return scenario
    }

    private static let prefill512 = load(
        "prefill512", "one stream, prompts of 512 tokens, the base alone", figure: .promptRate
    ) {
        $0.choice = .base
        $0.streams = 1
        $0.requests = 6
        $0.promptUnit = .tokens
        $0.promptLength = 512
        $0.outputTokens = 1
    }

    private static let mixed: Scenario = {
        var scenario = load("mixed", "adapters of ranks 4 to 64, chosen by Zipf's law, and gamma arrivals") {
            $0.choice = .skewed
            $0.arrivals = .gamma
            $0.rate = 2
        }
        scenario.adapters.ranks = [4, 8, 16, 32, 64]
        return scenario
    }()

    private static let distinct32: Scenario = {
        var scenario = load("distinct32", "32 streams with an adapter each, against 32 streams on the base") {
            $0.streams = 32
            $0.adapterCount = 32
        }
        var base = scenario.workload
        base.choice = .base
        scenario.label = "32 adapters"
        scenario.method = .compare(with: base, label: "base", .outputRate)
        return scenario
    }()

    private static let zipf1000: Scenario = {
        var scenario = load("zipf1000", "1000 adapters by Zipf's law in a pool for 64, against 64 adapters in it") {
            $0.choice = .skewed
            $0.streams = 32
            $0.requests = 128
            $0.adapterCount = 1000
            $0.outputTokens = 32
        }
        var few = scenario.workload
        few.adapterCount = 64
        scenario.adapters.ranks = [8]
        scenario.adapters.targets = ["q_proj", "v_proj"]
        scenario.residentAdapters = 64
        scenario.label = "1000 adapters"
        scenario.method = .compare(with: few, label: "64 adapters", .outputRate)
        return scenario
    }()

    private static let churn: Scenario = {
        var scenario = load("churn", "16 streams while adapters are loaded and evicted, against the same in peace") {
            $0.churnMilliseconds = 100
            $0.churnAdapters = 8
        }
        var peace = scenario.workload
        peace.churnMilliseconds = nil
        scenario.label = "churn"
        scenario.method = .compare(with: peace, label: "peace", .interToken95)
        return scenario
    }()

    private static let cold: Scenario = {
        var scenario = load("cold", "the first token of an adapter that must be loaded, against the same resident") {
            $0.adapterCount = 8
            $0.streams = 1
            $0.outputTokens = 1
        }
        scenario.method = .cold
        return scenario
    }()

    private static let prefix: Scenario = {
        var scenario = load("prefix", "a system prompt of 400 tokens: a later request's first token over the first's") {
            $0.choice = .base
            $0.streams = 1
            $0.promptUnit = .tokens
            $0.promptLength = 16
            $0.outputTokens = 4
            $0.requests = 2
        }
        scenario.method = .prefix(tokens: 400)
        return scenario
    }()

    private static let flood: Scenario = {
        var scenario = load("flood", "one of four tenants sends 10 times its share: the others' first tokens") {
            $0.adapterCount = 4
            $0.choice = .uniform
            $0.arrivals = .poisson
            $0.outputTokens = 32
            $0.seconds = 20
        }
        scenario.method = .flood(factor: 10)
        scenario.label = "flood"
        return scenario
    }()

    private static let soak: Scenario = {
        var scenario = load("soak", "full load with mixed ranks and churn for --seconds: memory, pages, stuck requests")
        {
            $0.choice = .skewed
            $0.churnMilliseconds = 250
            $0.churnAdapters = 8
            $0.seconds = 60
        }
        scenario.adapters.ranks = [4, 8, 16, 32, 64]
        // A pool that fills at once: cached prefixes use whatever there is, so that a large one would fill for hours.
        scenario.residentAdapters = 16
        scenario.method = .soak
        return scenario
    }()
}
