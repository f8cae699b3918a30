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
        case contradicts(String)
    }

    /// Compares the names that an adapter declares with ours. One that is ours verifies it; one that clearly names another
    /// model contradicts; local paths and unknown mirrors cannot be told.
    func judge(declared: [String]) -> Judgement {
        let declared = declared.filter { !$0.isEmpty }
        guard let first = declared.first else { return .unknown("it declares no base") }
        let ours = names.map { ModelName($0) }.filter { !$0.tokens.isEmpty }
        var doubt: String?
        var contradiction: String?
        for text in declared {
            switch judge(ModelName(text), text, ours) {
            case .verified: return .verified
            case .unknown(let reason): doubt = doubt ?? reason
            case .contradicts(let reason): contradiction = contradiction ?? reason
            }
        }
        if let contradiction { return .contradicts(contradiction) }
        return .unknown(doubt ?? "its base \(first) cannot be told from ours")
    }

    private func judge(_ theirs: ModelName, _ text: String, _ ours: [ModelName]) -> Judgement {
        if theirs.isLocalPath { return .unknown("its base is a local path, \(text)") }
        let sameName = ours.filter { $0.joined == theirs.joined }
        if !sameName.isEmpty {
            let owners = Set(sameName.compactMap(\.owner))
            if let owner = theirs.owner, !owners.isEmpty, !owners.contains(owner) {
                return .unknown("its base \(text) is named like ours but belongs to another owner")
            }
            return .verified
        }
        guard theirs.namesAModel,
            let closest = ours.filter(\.namesAModel).min(by: {
                theirs.difference(from: $0).count < theirs.difference(from: $1).count
            }), theirs.contradicts(closest)
        else { return .unknown("its base \(text) cannot be told from ours") }
        return .contradicts(text)
    }
}
