/// A growing block of floats, aligned for vectors. Contents do not survive growth.
struct FloatBlock {
    private(set) var floats: UnsafeMutablePointer<Float>
    private(set) var count = 0

    init() { floats = Self.allocate(0) }

    mutating func grow(to wanted: Int) {
        guard wanted > count else { return }
        deallocate()
        floats = Self.allocate(wanted)
        count = wanted
    }

    func deallocate() { UnsafeMutableRawPointer(floats).deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let bytes = max(64, count * MemoryLayout<Float>.stride)
        return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
            to: Float.self, capacity: count)
    }
}

/// The forward pass's work space: allocated once, grown when a step is larger than any before.
final class Scratch {
    /// Rows of logits that are computed at once: bounded, because a row is as wide as the vocabulary.
    let logitRows: Int
    private(set) var hidden = FloatBlock()
    private(set) var normed = FloatBlock()
    /// The next products' rows in 8 bits
    private(set) var quantised = FloatBlock()
    /// Queries, keys, values and attention's result; then, as they are no longer needed, gate and up.
    private(set) var wide = FloatBlock()
    /// [rows × headSize/2] cosines, then as many sines
    private(set) var angles = FloatBlock()
    /// x·Aᵀ of one loop's segments and modules
    private(set) var lowRank = FloatBlock()
    private(set) var logits = FloatBlock()
    /// Attention's partial results, of contexts that are split over workers
    private(set) var parts = FloatBlock()
    private var tiles: [FloatBlock]
    private var attention: [FloatBlock]

    private static let largestLogitBytes = 8 << 20

    init(workers: Int, vocabularySize: Int) {
        logitRows = max(1, min(32, Self.largestLogitBytes / (vocabularySize * 4)))
        tiles = (0..<workers).map { _ in FloatBlock() }
        attention = (0..<workers).map { _ in FloatBlock() }
    }

    deinit {
        for block in all { block.deallocate() }
    }

    /// Bytes held now.
    var byteCount: Int { all.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }

    func tile(_ worker: Int) -> UnsafeMutablePointer<Float> { tiles[worker].floats }
    func attention(_ worker: Int) -> UnsafeMutablePointer<Float> { attention[worker].floats }

    /// Sizes in floats, for one step.
    struct Need {
        var hidden: Int
        var quantised: Int
        var wide: Int
        var angles: Int
        var lowRank: Int
        var logits: Int
        var tile: Int
        var attention: Int
        var parts: Int
    }

    func grow(_ need: Need) {
        hidden.grow(to: need.hidden)
        normed.grow(to: need.hidden)
        quantised.grow(to: need.quantised)
        wide.grow(to: need.wide)
        angles.grow(to: need.angles)
        lowRank.grow(to: need.lowRank)
        logits.grow(to: need.logits)
        parts.grow(to: need.parts)
        for worker in tiles.indices {
            tiles[worker].grow(to: need.tile)
            attention[worker].grow(to: need.attention)
        }
    }

    private var all: [FloatBlock] {
        [hidden, normed, quantised, wide, angles, lowRank, logits, parts] + tiles + attention
    }
}
