import CKernels
import Glibc
import ModelFiles

/// Causal attention of a step's rows over paged keys and values, one layer at a time, in the units of a plan.
///
/// Each unit walks its part of a context once with an online softmax, so that work space does not grow with the context.
struct AttentionLoop {
    /// Queries that share one pass over keys: rows of a block times heads of a group.
    static let blockQueries = 96

    let config: ModelConfig
    let layout: KVLayout
    let memory: PageMemory
    let tokensPerPage: Int
    let layer: Int
    /// [rows × querySize]
    let queries: UnsafePointer<Float>
    /// [rows × querySize]
    let result: UnsafeMutablePointer<Float>
    /// The plan's `partFloats`
    let parts: UnsafeMutablePointer<Float>

    private static func group(_ config: ModelConfig) -> Int { config.headCount / config.kvHeadCount }

    static func blockRows(_ config: ModelConfig) -> Int { max(1, blockQueries / group(config)) }

    /// Floats of one partial result.
    static func partFloats(queries: Int, _ config: ModelConfig) -> Int { queries * (config.headSize + 2) }

    /// Floats of one worker's work space.
    static func scratchFloats(_ config: ModelConfig) -> Int {
        let most = blockRows(config) * group(config)
        return partFloats(queries: most, config) + deck_attention_floats(most, config.headSize)
    }

    func perform(
        _ unit: AttentionPlan.Unit, blocks: [StepRows.Block], slices: [StepBatch.Slice],
        scratch: UnsafeMutablePointer<Float>
    ) {
        let block = blocks[unit.block]
        let whole = Self.partFloats(queries: block.rowCount * Self.group(config), config)
        let target = unit.part.map { parts + $0 } ?? scratch
        slices[block.slice].pages.withUnsafeBufferPointer { pages in
            var state = state(block, unit.kvHead, pages)
            switch layout.element {
            case .f16: deck_attend_f16(&state, unit.tokens.lowerBound, unit.tokens.upperBound, scratch + whole, target)
            case .f32: deck_attend_f32(&state, unit.tokens.lowerBound, unit.tokens.upperBound, scratch + whole, target)
            }
            if unit.part == nil { write(&state, block, unit.kvHead, target, count: 1) }
        }
    }

    /// Joins the parts of a split context.
    func perform(_ join: AttentionPlan.Join, blocks: [StepRows.Block]) {
        let block = blocks[join.block]
        var state = state(block, join.kvHead, UnsafeBufferPointer(start: nil, count: 0))
        write(&state, block, join.kvHead, parts + join.part, count: join.count)
    }

    private func write(
        _ state: inout deck_attention, _ block: StepRows.Block, _ kvHead: Int, _ parts: UnsafePointer<Float>, count: Int
    ) {
        let target = result + block.firstRow * config.querySize + kvHead * Self.group(config) * config.headSize
        deck_attention_merge(&state, parts, count, target, config.querySize)
    }

    private func state(_ block: StepRows.Block, _ kvHead: Int, _ pages: UnsafeBufferPointer<Int32>) -> deck_attention {
        let group = Self.group(config)
        return deck_attention(
            base: memory.base, page_bytes: memory.pageBytes, pages: pages.baseAddress, page_tokens: tokensPerPage,
            keys: layout.keyOffset(layer: layer, head: kvHead, tokensPerPage: tokensPerPage),
            values: layout.valueOffset(layer: layer, head: kvHead, tokensPerPage: tokensPerPage),
            queries: queries + block.firstRow * config.querySize + kvHead * group * config.headSize,
            query_stride: config.querySize, factor: 1 / Float(config.headSize).squareRoot(), rows: block.rowCount,
            heads: group, head_size: config.headSize, first_position: Int32(block.firstPosition),
            window: Int32(clamping: config.slidingWindow ?? 0))
    }
}
