import DeckCore

/// What the what-if plan remembers: its question, and which part of it the arrow keys change.
public struct PlanDesk: Sendable {
    /// What can be asked, in the order of the form.
    enum Field: Int, Hashable, Sendable, CaseIterable {
        case rank, targets, tokens, memory, pageTokens

        var title: String {
            switch self {
            case .rank: "rank"
            case .targets: "targets"
            case .tokens: "tokens"
            case .memory: "budget"
            case .pageTokens: "page"
            }
        }
    }

    /// Usual choices of targets.
    enum Targets: Hashable, Sendable, CaseIterable {
        case queryValue, attention, feedForward, all

        /// Of the kinds that a base has.
        func kinds(_ geometry: BaseGeometry) -> Set<String> {
            let known = geometry.modules.map(\.kind)
            let wanted: Set<String> =
                switch self {
                case .queryValue: ["q_proj", "v_proj"]
                case .attention: ["q_proj", "k_proj", "v_proj", "o_proj"]
                case .feedForward: ["gate_proj", "up_proj", "down_proj"]
                case .all: Set(known)
                }
            return wanted.intersection(known)
        }
    }

    var field = Field.rank
    var rank = 8
    /// Nil before the first look; attention then.
    var targets: Set<String>?
    var tokens = 1024
    /// Nil asks about the pool's own.
    var memoryBytes: Int?
    var tokensPerPage: Int?
    /// The adapter that rank and targets were taken from; nil for own choices.
    var like: String?
    /// The adapter that was last offered, so that a second look does not undo what was chosen since.
    var offered: Target?

    /// The question, for a base.
    func question(_ geometry: BaseGeometry?) -> PlanQuestion {
        PlanQuestion(
            rank: rank, targets: targets ?? geometry.map(Targets.attention.kinds) ?? [], tokens: tokens,
            memoryBytes: memoryBytes, tokensPerPage: tokensPerPage)
    }

    /// Asks about adapters like this one.
    mutating func ask(like adapter: AdapterSnapshot, _ geometry: BaseGeometry?) {
        guard let facts = adapter.facts else { return }
        rank = facts.ranks.upperBound
        let known = Set(geometry?.modules.map(\.kind) ?? facts.targets)
        targets = Set(facts.targets).intersection(known)
        like = adapter.name
    }

    /// Steps through the usual values of the field.
    mutating func change(_ direction: Int, pool: PlanPool, geometry: BaseGeometry?) {
        switch field {
        case .rank:
            rank = Self.next(rank, among: [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256], direction)
            like = nil
        case .tokens:
            tokens = Self.next(tokens, among: (6...17).flatMap { [1 << $0, 3 << ($0 - 1)] }, direction)
        case .memory:
            // Eighths of the pool up to twice its size, then doubles.
            let whole = pool.totalBytes
            let steps = (1...16).map { whole.times($0) / 8 } + [3, 4, 6, 8, 12, 16].map { whole.times($0) }
            let next = Self.next(memoryBytes ?? whole, among: steps, direction)
            memoryBytes = next == whole ? nil : next
        case .pageTokens:
            guard geometry != nil else { return }
            let own = pool.tokensPerPage
            let steps = Set([1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, own]).sorted()
            let next = Self.next(tokensPerPage ?? own, among: steps, direction)
            tokensPerPage = next == own ? nil : next
        case .targets:
            guard let geometry else { return }
            let all = Targets.allCases.map { $0.kinds(geometry) }
            let here = all.firstIndex(of: question(geometry).targets)
            let next = here.map { ($0 + direction + all.count) % all.count } ?? (direction > 0 ? 0 : all.count - 1)
            targets = all[next]
            like = nil
        }
    }

    private static func next(_ value: Int, among steps: [Int], _ direction: Int) -> Int {
        direction > 0
            ? steps.sorted().first { $0 > value } ?? value : steps.sorted().last { $0 < value } ?? value
    }
}
