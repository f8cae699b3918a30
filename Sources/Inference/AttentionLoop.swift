import CKernels
import Glibc
import ModelFiles

/// Causal attention of a step's rows over paged keys and values, in units of (block of rows, key-value head).
///
/// Each unit walks its sequence's pages once with an online softmax, so that work space does not grow with the context.
struct AttentionLoop {
    /// Queries that share one pass over keys: rows of a block times heads of a group.
    static let blockQueries = 32

    let config: ModelConfig
    let layout: KVLayout
    let memory: PageMemory
    let tokensPerPage: Int
    let layer: Int
    /// [rows × querySize]
    let queries: UnsafePointer<Float>
    /// [rows × querySize]
    let result: UnsafeMutablePointer<Float>
    /// Heads that one unit takes: a whole group, or one when there are fewer groups than threads.
    let headsPerUnit: Int

    private static func group(_ config: ModelConfig) -> Int { config.headCount / config.kvHeadCount }

    static func blockRows(_ config: ModelConfig) -> Int { max(1, blockQueries / group(config)) }

    /// Floats of one worker's work space.
    static func scratchFloats(_ config: ModelConfig, tokensPerPage: Int) -> Int {
        let most = blockRows(config) * group(config)
        let span = (tokensPerPage + 15) & ~15
        return most * (2 * config.headSize + span + 3)
    }

    func unitCount(_ blocks: Int) -> Int { blocks * config.headCount / headsPerUnit }

    /// Heads of one unit: a group reads its keys once, so it is only split when threads would have nothing to do.
    static func headsPerUnit(_ config: ModelConfig, blocks: Int, threads: Int) -> Int {
        blocks * config.kvHeadCount >= threads ? group(config) : 1
    }

    func perform(_ unit: Int, blocks: [StepRows.Block], slices: [StepBatch.Slice], scratch: UnsafeMutablePointer<Float>)
    {
        let unitsPerBlock = config.headCount / headsPerUnit
        let block = blocks[unit / unitsPerBlock]
        let firstHead = unit % unitsPerBlock * headsPerUnit
        let kvHead = firstHead / Self.group(config)
        let headSize = config.headSize
        let count = block.rowCount * headsPerUnit

        let packed = scratch
        let sums = packed + count * headSize
        let scores = sums + count * headSize
        let largest = scores + count * ((tokensPerPage + 15) & ~15)
        let total = largest + count
        sums.update(repeating: 0, count: count * headSize)
        largest.update(repeating: -.infinity, count: count)
        total.update(repeating: 0, count: count)
        // Positions share the floats' memory; both are four bytes.
        let positions = UnsafeMutableRawPointer(total + count).bindMemory(to: Int32.self, capacity: count)
        let scale = 1 / Float(headSize).squareRoot()
        for row in 0..<block.rowCount {
            let source = queries + (block.firstRow + row) * config.querySize + firstHead * headSize
            let target = packed + row * headsPerUnit * headSize
            for index in 0..<headsPerUnit * headSize { target[index] = source[index] * scale }
            for head in 0..<headsPerUnit { positions[row * headsPerUnit + head] = Int32(block.firstPosition + row) }
        }

        var state = deck_attention(
            queries: packed, positions: positions, window: Int32(clamping: config.slidingWindow ?? 0), count: count,
            head_size: headSize, scores: scores, sums: sums, largest: largest, total: total)
        let keyOffset = layout.keyOffset(layer: layer, head: kvHead, tokensPerPage: tokensPerPage)
        let valueOffset = layout.valueOffset(layer: layer, head: kvHead, tokensPerPage: tokensPerPage)
        let end = block.firstPosition + block.rowCount
        let start = config.slidingWindow.map { max(0, block.firstPosition + 1 - $0) } ?? 0
        for index in start / tokensPerPage...(end - 1) / tokensPerPage {
            let page = memory.address(of: slices[block.slice].pages[index])
            let first = index * tokensPerPage
            let tokens = min(tokensPerPage, end - first)
            let keys = page + keyOffset
            let values = page + valueOffset
            switch layout.element {
            case .f16:
                deck_attend_f16(
                    &state, keys.assumingMemoryBound(to: UInt16.self), values.assumingMemoryBound(to: UInt16.self),
                    tokensPerPage, tokens, Int32(first))
            case .f32:
                deck_attend_f32(
                    &state, keys.assumingMemoryBound(to: Float.self), values.assumingMemoryBound(to: Float.self),
                    tokensPerPage, tokens, Int32(first))
            }
        }

        for row in 0..<block.rowCount {
            let target = result + (block.firstRow + row) * config.querySize + firstHead * headSize
            for head in 0..<headsPerUnit {
                let query = row * headsPerUnit + head
                let factor = 1 / total[query]
                for index in 0..<headSize { target[head * headSize + index] = sums[query * headSize + index] * factor }
            }
        }
    }
}
