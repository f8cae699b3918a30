import ModelFiles

/// A step's attention, cut into units of (block of rows, key-value head, part of the context): the same for every layer.
///
/// A long context would keep one worker busy while others wait, so its tokens are split and the parts joined by the
/// online softmax's state (flash-decoding). The cuts follow from the batch and the count of threads alone.
struct AttentionPlan {
    struct Unit {
        let block: Int
        let kvHead: Int
        let tokens: Range<Int>
        /// Where its partial result stands among the step's, in floats; nil when it is the whole result.
        let part: Int?
    }

    /// A split (block, head): its parts stand one after the other.
    struct Join {
        let block: Int
        let kvHead: Int
        let part: Int
        let count: Int
    }

    private(set) var units: [Unit] = []
    private(set) var joins: [Join] = []
    /// Floats of all partial results.
    private(set) var partFloats = 0

    /// A part is a multiple of this many tokens, and no context is split for less.
    private static let grain = 256
    /// Units that each thread should find, so that uneven ones even out.
    private static let unitsPerThread = 4

    /// Refills for a step's blocks.
    mutating func fill(_ blocks: [StepRows.Block], _ config: ModelConfig, threads: Int) {
        units.removeAll(keepingCapacity: true)
        joins.removeAll(keepingCapacity: true)
        partFloats = 0
        let group = config.headCount / config.kvHeadCount
        let work = blocks.reduce(0) { $0 + $1.rowCount * Self.tokens(of: $1, config).count } * config.kvHeadCount
        let target = max(1, work / (threads * Self.unitsPerThread))
        for (index, block) in blocks.enumerated() {
            let tokens = Self.tokens(of: block, config)
            let wanted = threads == 1 ? 1 : (block.rowCount * tokens.count + target - 1) / target
            let parts = max(1, min(wanted, tokens.count / Self.grain))
            let grains = (tokens.count + Self.grain - 1) / Self.grain
            let floats = AttentionLoop.partFloats(queries: block.rowCount * group, config)
            for kvHead in 0..<config.kvHeadCount {
                if parts > 1 { joins.append(Join(block: index, kvHead: kvHead, part: partFloats, count: parts)) }
                for part in 0..<parts {
                    let first = tokens.lowerBound + part * grains / parts * Self.grain
                    let end =
                        part + 1 < parts
                        ? tokens.lowerBound + (part + 1) * grains / parts * Self.grain : tokens.upperBound
                    units.append(
                        Unit(block: index, kvHead: kvHead, tokens: first..<end, part: parts > 1 ? partFloats : nil))
                    if parts > 1 { partFloats += floats }
                }
            }
        }
    }

    /// Tokens that any row of a block sees, from a multiple of sixteen on.
    private static func tokens(of block: StepRows.Block, _ config: ModelConfig) -> Range<Int> {
        let first = config.slidingWindow.map { max(0, block.firstPosition + 1 - $0) } ?? 0
        return first & ~15..<block.firstPosition + block.rowCount
    }
}
