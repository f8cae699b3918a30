/// What `rank_pattern` and `alpha_pattern` say of each module, by its path in the model that was trained.
struct PatternValues {
    /// Evaluations of pattern nodes for one adapter; some tenths of a second.
    static let stepLimit = 20_000_000

    private(set) var rank: [ModuleKey: Int] = [:]
    private(set) var alpha: [ModuleKey: Double] = [:]

    init(_ config: PEFTConfig, _ modules: [ModuleKey: String]) throws(NamePatternError) {
        var steps = Self.stepLimit
        for (key, path) in modules {
            for entry in config.rankPattern where try entry.pattern.matches(path, steps: &steps) {
                rank[key] = entry.value
                break
            }
            for entry in config.alphaPattern where try entry.pattern.matches(path, steps: &steps) {
                alpha[key] = entry.value
                break
            }
        }
    }
}
