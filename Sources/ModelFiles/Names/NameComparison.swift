/// What the name that an adapter gives its base and one name of the base here say of each other.
///
/// Only what both names say can differ. A name that leaves something out contradicts nothing, unless it is complete.
struct NameComparison {
    enum Aspect: String, CaseIterable {
        case family, size, version
        case stage = "stage of training"
        case kind
    }

    private(set) var agreements: Set<Aspect> = []
    /// Both sides' words.
    private(set) var differences: [Aspect: (theirs: String, ours: String)] = [:]

    init(_ theirs: ModelName, _ ours: ModelName) {
        compareSizes(theirs, ours)
        compareFamilies(theirs, ours)
        // Numbers and words of another family's name mean something else.
        let common = theirs.families.intersection(ours.families)
        guard differences[.family] == nil, !common.isEmpty else { return }
        compareVersions(theirs, ours, of: common)
        compare(.stage, theirs.stages, ours.stages, theirs, ours)
        compare(.kind, theirs.kinds, ours.kinds, theirs, ours)
    }

    private mutating func compareSizes(_ theirs: ModelName, _ ours: ModelName) {
        guard !theirs.sizes.isEmpty, !ours.sizes.isEmpty else { return }
        if theirs.sizes.contains(where: { size in ours.sizes.contains { size.agrees(with: $0) } }) {
            agreements.insert(.size)
        } else {
            differences[.size] = (Self.list(theirs.sizes.map(\.text)), Self.list(ours.sizes.map(\.text)))
        }
    }

    /// A model tuned from another often has both families in its name.
    private mutating func compareFamilies(_ theirs: ModelName, _ ours: ModelName) {
        guard !theirs.families.isEmpty, !ours.families.isEmpty else { return }
        compare(.family, theirs.families, ours.families, theirs, ours)
    }

    private mutating func compareVersions(_ theirs: ModelName, _ ours: ModelName, of families: Set<String>) {
        for family in families.sorted() {
            let (their, our) = (theirs.generations[family] ?? nil, ours.generations[family] ?? nil)
            switch (their, our) {
            case (let their?, let our?) where their == our: agreements.insert(.version)
            case (let their?, let our?): differences[.version] = (their, our)
            // The number may stand elsewhere in the other name.
            case (let their?, nil): compareGeneration(their, with: ours) { ($0, $1) }
            case (nil, let our?): compareGeneration(our, with: theirs) { ($1, $0) }
            case (nil, nil): break
            }
        }
        guard !theirs.releases.isEmpty, !ours.releases.isEmpty else { return }
        if theirs.releases.isDisjoint(with: ours.releases) {
            differences[.version] = (Self.list(theirs.releases), Self.list(ours.releases))
        } else {
            agreements.insert(.version)
        }
    }

    /// `other` has no number beside its family.
    private mutating func compareGeneration(
        _ generation: String, with other: ModelName, _ sides: (String, String) -> (String, String)
    ) {
        if other.releases.contains(generation) {
            agreements.insert(.version)
        } else if other.isRepository, other.isComplete {
            differences[.version] = sides(generation, other.releases.isEmpty ? "none" : Self.list(other.releases))
        }
    }

    /// Sets of words of which each is a part of what the model is.
    private mutating func compare(
        _ aspect: Aspect, _ their: Set<String>, _ our: Set<String>, _ theirs: ModelName, _ ours: ModelName
    ) {
        if their == our {
            if !their.isEmpty { agreements.insert(aspect) }
            return
        }
        let (more, less) = (their.subtracting(our), our.subtracting(their))
        let differs = (more.isEmpty || less.isEmpty) ? (less.isEmpty ? ours.isComplete : theirs.isComplete) : true
        if differs { differences[aspect] = (Self.list(their), Self.list(our)) }
    }

    private static func list(_ words: some Collection<String>) -> String {
        words.isEmpty ? "none" : words.sorted().joined(separator: " and ")
    }
}
