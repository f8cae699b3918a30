import DeckCore
import DeckWire
import Foundation

/// One of the places in which llama.cpp's server runs a request, as `/slots` shows it.
struct LlamaSlot: Decodable, Sendable, CheckedOnWire {
    struct Parameters: Decodable, Sendable { let lora: [LlamaClient.Scale]? }

    struct Next: Decodable, Sendable { let n_decoded: Int? }

    let id: Int
    let id_task: Int?
    let is_processing: Bool
    let n_ctx: Int?
    /// Tokens that it holds, prompt and answer.
    let n_prompt_tokens: Int?
    let n_prompt_tokens_processed: Int?
    let n_prompt_tokens_cache: Int?
    let params: Parameters?
    /// One object, or a list of one.
    let next: Next?

    private enum CodingKeys: String, CodingKey {
        case id, id_task, is_processing, n_ctx, n_prompt_tokens, n_prompt_tokens_processed, n_prompt_tokens_cache
        case params
        case next = "next_token"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(Int.self, forKey: .id)
        id_task = try values.decodeIfPresent(Int.self, forKey: .id_task)
        is_processing = try values.decode(Bool.self, forKey: .is_processing)
        n_ctx = try values.decodeIfPresent(Int.self, forKey: .n_ctx)
        n_prompt_tokens = try values.decodeIfPresent(Int.self, forKey: .n_prompt_tokens)
        n_prompt_tokens_processed = try values.decodeIfPresent(Int.self, forKey: .n_prompt_tokens_processed)
        n_prompt_tokens_cache = try values.decodeIfPresent(Int.self, forKey: .n_prompt_tokens_cache)
        params = try values.decodeIfPresent(Parameters.self, forKey: .params)
        if var list = try? values.nestedUnkeyedContainer(forKey: .next) {
            next = list.isAtEnd ? nil : try list.decode(Next.self)
        } else {
            next = try values.decodeIfPresent(Next.self, forKey: .next)
        }
    }

    /// Numbers that stand for none are negative there.
    static let wireBounds: [String: WireBounds] = ["id_task": .signed, "next_token.n_decoded": .signed]

    var generated: Int { max(0, next?.n_decoded ?? 0) }

    /// The adapters that its request runs with: the request's own list, or the server's when it gave none.
    func adapters(named names: [Int: String], server: [LlamaClient.Scale]) -> String? {
        let own = params?.lora ?? []
        let active = (own.isEmpty ? server : own).filter { $0.scale != 0 }.map { names[$0.id] ?? "#\($0.id)" }
        return active.isEmpty ? nil : active.joined(separator: "+")
    }
}

extension LlamaClient {
    /// What the server's properties, adapters, slots and metrics say together; nil for those that it does not show.
    static func reading(
        _ props: Props, adapters: [Adapter], slots: [LlamaSlot]?, metrics page: MetricsPage?
    ) throws(EngineTrouble) -> EngineReading {
        let path = props.model_path.map { URL(fileURLWithPath: $0).lastPathComponent }
        let alias = props.model_alias.map { URL(fileURLWithPath: $0).lastPathComponent }
        var reading = EngineReading(baseName: alias ?? path ?? "unnamed")
        reading.version = props.build_info
        reading.contextLength = props.default_generation_settings.n_ctx
        reading.unknown = unknown
        reading.disabled = disabled
        if let slots = props.total_slots { reading.facts.append("\(slots.counted("slot"))") }
        if let type = props.model_ftype { reading.facts.append(type) }
        if props.is_sleeping == true { reading.facts.append("sleeping") }
        reading.adapters = adapters.map { EngineReading.Adapter(name: $0.name, path: $0.path) }
        let applied = adapters.filter { ($0.scale ?? 0) != 0 }
        if !applied.isEmpty {
            let names = applied.prefix(4).map { "\($0.name) at \($0.scale ?? 0)" }.joined(separator: ", ")
            reading.warnings.append(
                "requests that name no adapter get \(applied.count == 1 ? "this one" : "all of these"): \(names)"
                    + (applied.count > 4 ? " and \(applied.count - 4) more" : ""))
        }
        readSlots(slots, adapters, into: &reading)
        try readMetrics(page, slots, into: &reading)
        return reading
    }

    private static func readSlots(_ slots: [LlamaSlot]?, _ adapters: [Adapter], into reading: inout EngineReading) {
        guard let slots else {
            for figure in [DeckFigure.requests, .adapterRequests] {
                reading.unknown[figure] = "llama.cpp does not show its slots: start it with --slots"
            }
            return
        }
        let names = Dictionary(adapters.map { ($0.id, $0.name) }) { first, _ in first }
        let server = adapters.map { Scale(id: $0.id, scale: $0.scale ?? 0) }
        let busy = slots.filter(\.is_processing)
        reading.running = busy.count
        reading.requests = busy.map { slot in
            let generated = slot.generated
            let cached = max(0, slot.n_prompt_tokens_cache ?? 0)
            let computed = max(0, slot.n_prompt_tokens_processed ?? 0).plus(cached)
            return EngineReading.Request(
                number: slot.id_task ?? slot.id, slot: slot.id,
                adapter: slot.adapters(named: names, server: server),
                phase: generated > 0 ? .decode : .prefill(done: computed, total: computed), promptTokens: computed,
                cachedTokens: cached, generatedTokens: generated)
        }
        let counts = Dictionary(grouping: reading.requests, by: \.adapter).mapValues(\.count)
        for index in reading.adapters.indices {
            let running = counts[reading.adapters[index].name] ?? 0
            reading.adapters[index].running = running
            reading.adapters[index].isActive = running > 0
        }
        let held = slots.compactMap { slot in slot.n_prompt_tokens.map { max(0, $0) } }
        let room = slots.reduce(0.0) { $0 + Double(max(0, $1.n_ctx ?? 0)) }
        if held.count == slots.count, room > 0 {
            reading.kvUsage = min(1, held.reduce(0.0) { $0 + Double($1) } / room)
        }
    }

    private static func readMetrics(
        _ page: MetricsPage?, _ slots: [LlamaSlot]?, into reading: inout EngineReading
    ) throws(EngineTrouble) {
        guard let page else {
            let reason = "llama.cpp shows no metrics: start it with --metrics"
            for figure in [DeckFigure.load, .waits, .rates, .adapterRequests] { reading.unknown[figure] = reason }
            return
        }
        if let running = try page.count("llamacpp:requests_processing") { reading.running = running }
        reading.waiting = try page.count("llamacpp:requests_deferred")
        if let waiting = reading.waiting, waiting > 0 {
            reading.waits = [WaitSummary(reason: "all slots busy", count: waiting)]
            reading.unknown[.adapterRequests] = "llama.cpp does not say which adapters its waiting requests ask for"
        }
        if reading.running == nil || reading.waiting == nil {
            reading.unknown[.load] = "llama.cpp's metrics do not count its requests"
        }
        var counters: [Counter: Double] = [:]
        counters[.promptTokens] = try page.sum("llamacpp:prompt_tokens_total")
        counters[.generatedTokens] = try page.sum("llamacpp:tokens_predicted_total")
        if let cached = try page.sum("llamacpp:prompt_tokens_cached_total"), let computed = counters[.promptTokens] {
            counters[.prefixHits] = cached
            counters[.prefixLookups] = cached + computed
        } else {
            reading.unknown[.prefixes] = "this llama.cpp does not count cached tokens"
        }
        reading.counts = CounterReading(counters: counters)
        if counters[.generatedTokens] == nil { reading.unknown[.rates] = "llama.cpp's metrics count no tokens" }
        // It counts a request's tokens when the request ends; the slots say what is under way.
        let live = slots?.filter(\.is_processing).reduce(0.0) { $0 + Double($1.generated) }
        if let live { reading.counts.live[.generatedTokens] = live }
    }

    private static let unknown: [DeckFigure: String] = [
        .pages: "llama.cpp does not show its KV cache's cells",
        .adapterRates: "llama.cpp's metrics have no adapter dimension",
        .adapterLatency: "llama.cpp keeps no latency histograms",
        .adapterCounts: "llama.cpp's metrics have no adapter dimension",
        .pins: "llama.cpp has no pins: every adapter stays in memory",
        .proof: "llama.cpp does not measure an adapter's effect",
        .steps: "llama.cpp does not show its batches",
        .latency: "llama.cpp keeps no latency histograms",
        .thrash: "llama.cpp evicts no adapters",
        .tenants: "llama.cpp knows no tenants",
        .process: "llama.cpp does not say what it costs",
    ]

    static let disabled: [DeckAction: String] = [
        .load: loadsAtStart, .register: loadsAtStart, .evict: loadsAtStart, .unregister: loadsAtStart,
        .pin: "llama.cpp keeps every adapter in memory",
        .resize: "llama.cpp's KV cache is sized when it starts",
        .verify: "llama.cpp checks an adapter when it loads it",
        .rollback: "llama.cpp keeps no versions",
        .admission: "llama.cpp cannot pause admission",
    ]
}
