import DeckCore

/// What the base model here is known as, to be compared with what adapters declare.
public struct BaseIdentity: Hashable, Sendable {
    /// Every name that the base is known by: metadata, file name, repository, configured aliases. The first one is shown.
    public let names: [String]
    public let digest: Digest
    public let architecture: Architecture

    public init(names: [String], digest: Digest, architecture: Architecture) {
        self.names = names
        self.digest = digest
        self.architecture = architecture
    }

    /// The name that messages use.
    public var displayName: String { names.first { !$0.isEmpty } ?? "base \(digest.short)" }

    /// What an adapter's declaration says about this base (invariant 5).
    enum Judgement: Hashable {
        case verified
        case unknown(String)
        case contradicts(Contradiction)
    }

    /// Why an adapter cannot be for this base.
    struct Contradiction: Hashable {
        /// What the adapter is for.
        let declared: String
        /// What decided, as a sentence.
        let reason: String
        /// Whether names decided, which can be wrong: a file may be called anything.
        let isByName: Bool
    }

    /// Judges what an adapter says of its base: the names that it declares, and the class that it was trained on.
    ///
    /// A declared name that is one of ours verifies it; one that says otherwise than ours do contradicts; one that says
    /// less, a local path or an unknown mirror cannot be told. A class of another architecture contradicts whatever the
    /// names say, and one that is not known leaves a doubt.
    func judge(declared: [String], modelClass: String? = nil) -> Judgement {
        let byName = judge(declared: declared)
        guard let modelClass else { return byName }
        switch ModelClass(modelClass).judge(on: architecture) {
        case .fits: return byName
        case .isOther:
            return .contradicts(
                Contradiction(
                    declared: "a \(modelClass)",
                    reason: "That class is of another architecture than \(architecture.rawValue)", isByName: false))
        case .isUnknown:
            guard case .verified = byName else { return byName }
            return .unknown("its base's class \(modelClass) is not known here, though its name is ours")
        }
    }

    private func judge(declared: [String]) -> Judgement {
        let declared = declared.filter { !$0.isEmpty }
        guard !declared.isEmpty else { return .unknown("it declares no base; \(compared)") }
        let ours = names.map { ModelName($0) }.filter { !$0.saysNothing && !$0.isLocalPath }
        var doubt: String?
        var contradiction: Contradiction?
        for text in declared {
            switch judge(ModelName(text), ours) {
            case .verified: return .verified
            case .unknown(let reason): doubt = doubt ?? reason
            case .contradicts(let found): contradiction = contradiction ?? found
            }
        }
        if let contradiction { return .contradicts(contradiction) }
        return .unknown(doubt ?? compared)
    }

    private func judge(_ theirs: ModelName, _ ours: [ModelName]) -> Judgement {
        if theirs.isLocalPath { return .unknown("its base is a local path, \(theirs.written); \(compared)") }
        if theirs.saysNothing { return .unknown("its base \(theirs.written) names no model; \(compared)") }
        // The bare name of an architecture is no model's: neither does it verify, nor does it contradict.
        let ours = ours.filter { !$0.names(architecture) }
        let isBare = theirs.names(architecture)
        let sameName = isBare ? [] : ours.filter(theirs.isSame)
        if !sameName.isEmpty {
            let owners = Set(sameName.compactMap(\.owner))
            if let owner = theirs.owner, !owners.isEmpty, !owners.contains(owner) {
                return .unknown(
                    "its base \(theirs.written) is named like ours but belongs to another owner; \(compared)")
            }
            return .verified
        }
        if !isBare, let reason = difference(theirs, ours) ?? foreignFamily(theirs, ours) {
            return .contradicts(
                Contradiction(declared: theirs.written, reason: "\(reason) (\(compared))", isByName: true))
        }
        return .unknown("its base \(theirs.written) is not one of our names and says nothing against them; \(compared)")
    }

    /// The first aspect in which the name says otherwise than one of ours and the same as none.
    private func difference(_ theirs: ModelName, _ ours: [ModelName]) -> String? {
        let comparisons = ours.map { (name: $0, comparison: NameComparison(theirs, $0)) }
        for aspect in NameComparison.Aspect.allCases {
            guard !comparisons.contains(where: { $0.comparison.agreements.contains(aspect) }) else { continue }
            for (name, comparison) in comparisons {
                guard let words = comparison.differences[aspect] else { continue }
                return "The \(aspect.rawValue) differs: \(words.theirs) there, \(words.ours) in “\(name.written)”"
            }
        }
        return nil
    }

    /// A family that is never built as our model is, where our names do not have it either.
    private func foreignFamily(_ theirs: ModelName, _ ours: [ModelName]) -> String? {
        guard !theirs.families.isEmpty, ours.allSatisfy({ theirs.families.isDisjoint(with: $0.families) }) else {
            return nil
        }
        let fits = theirs.generations.contains {
            ModelFamily.canBe(architecture, family: $0.key, generation: $0.value)
        }
        guard !fits else { return nil }
        return "No model of the family \(theirs.families.sorted().joined(separator: " and ")) "
            + "has the architecture \(architecture.rawValue)"
    }

    /// All names that were compared, for messages.
    private var compared: String {
        let shown = names.filter { !$0.isEmpty }.prefix(8).map { "“\($0.prefix(80))”" }
        return shown.isEmpty ? "the base here has no name" : "ours is known as \(shown.joined(separator: ", "))"
    }
}
