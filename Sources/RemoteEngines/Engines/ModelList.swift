import DeckCore

/// `/v1/models`, as vLLM, SGLang and loradeck answer it: the base, and adapters that name it as their parent.
struct ModelList: Decodable, Sendable {
    struct Card: Decodable, Sendable {
        let id: String
        let root: String?
        let parent: String?
        let owned_by: String?
        let max_model_len: Int?
    }

    let data: [Card]

    var base: Card? { data.first { $0.parent == nil } }
    var owner: String? { base?.owned_by ?? data.first?.owned_by }

    /// What it lists, as the beginning of a reading. Throws for a list without a base.
    func reading() throws(EngineTrouble) -> EngineReading {
        guard let base else { throw EngineTrouble("/v1/models lists no base model") }
        var reading = EngineReading(baseName: base.id)
        reading.contextLength = base.max_model_len
        var seen: Set<String> = []
        reading.adapters = data.compactMap { card in
            guard card.parent != nil, seen.insert(card.id).inserted else { return nil }
            return EngineReading.Adapter(name: card.id, path: card.root)
        }
        return reading
    }
}
