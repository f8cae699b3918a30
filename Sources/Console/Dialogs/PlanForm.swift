import DeckCore
import TerminalKit

/// The what-if question as a form, for values that the arrow keys do not step through.
extension ConsoleState {
    mutating func openPlanForm() {
        guard let snapshot, let pool = PlanPool(snapshot) else { return }
        let geometry = snapshot.deck.geometry
        let targets = geometry.map { plan.targetWords($0) } ?? ""
        let kinds = geometry?.modules.map { PlanDesk.short($0.kind) }.joined(separator: " ") ?? ""
        overlay = .form(
            Form(
                .plan, title: "what if",
                fields: [
                    Form.Field("rank", "\(plan.rank)", note: "of the adapters, from 1", limit: 6),
                    Form.Field("targets", targets, note: "all, or some of: \(kinds)", limit: 200),
                    Form.Field("tokens", "\(plan.tokens)", note: "of a sequence, from 1", limit: 9),
                    Form.Field(
                        "budget", Format.bytesShort(plan.memoryBytes ?? pool.totalBytes),
                        note: "of the pool, such as 512M; empty is its own", limit: 16),
                    Form.Field(
                        "page", "\(plan.tokensPerPage ?? pool.tokensPerPage)",
                        note: "KV tokens that a page holds; empty is its own", limit: 6),
                ], focused: plan.field.rawValue))
    }

    /// Why the question cannot be asked like that, and the line that is to blame.
    mutating func keepPlan(_ form: Form) -> (String?, Int) {
        guard let snapshot, let pool = PlanPool(snapshot), form.fields.count == 5 else { return (nil, 0) }
        let geometry = snapshot.deck.geometry
        let texts = form.fields.map { $0.text.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        guard let rank = Int(texts[0]), (1...100_000).contains(rank) else { return ("a whole number from 1", 0) }
        var targets = plan.targets
        if let geometry {
            let known = Dictionary(
                geometry.modules.map { (PlanDesk.short($0.kind), $0.kind) }, uniquingKeysWith: { first, _ in first })
            var chosen: Set<String> = []
            for word in texts[1].split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init) {
                if word == "all" {
                    chosen.formUnion(known.values)
                } else if let kind = known[PlanDesk.short(word)] {
                    chosen.insert(kind)
                } else {
                    return ("the base has no \(word)", 1)
                }
            }
            guard !chosen.isEmpty else { return ("one at least", 1) }
            targets = chosen
        }
        guard let tokens = Int(texts[2]), (1...100_000_000).contains(tokens) else {
            return ("a whole number from 1", 2)
        }
        var bytes: Int?
        if !texts[3].isEmpty, texts[3] != Format.bytesShort(plan.memoryBytes ?? pool.totalBytes) {
            guard let count = Format.byteCount(texts[3]), count >= pool.pageBytes else {
                return ("bytes for one page at least, such as 512M", 3)
            }
            bytes = count
        } else if !texts[3].isEmpty {
            bytes = plan.memoryBytes
        }
        var page: Int?
        if !texts[4].isEmpty {
            guard let count = Int(texts[4]), (1...65_536).contains(count) else { return ("a whole number from 1", 4) }
            guard geometry != nil || count == pool.tokensPerPage else {
                return ("the deck does not tell the sizes of its base model", 4)
            }
            page = count
        }
        if rank != plan.rank || targets != plan.targets { plan.like = nil }
        plan.rank = rank
        plan.targets = targets
        plan.tokens = tokens
        plan.memoryBytes = bytes == pool.totalBytes ? nil : bytes
        plan.tokensPerPage = page == pool.tokensPerPage ? nil : page
        return (nil, 0)
    }
}

extension PlanDesk {
    /// A kind of module as short as `q` for `q_proj`.
    static func short(_ kind: String) -> String { kind.hasSuffix("_proj") ? String(kind.dropLast(5)) : kind }

    /// The chosen targets as `q k v o`, or `all`.
    func targetWords(_ geometry: BaseGeometry) -> String {
        let chosen = question(geometry).targets
        if chosen.count == geometry.modules.count { return "all" }
        return geometry.modules.map(\.kind).filter(chosen.contains).map(Self.short).joined(separator: " ")
    }
}
