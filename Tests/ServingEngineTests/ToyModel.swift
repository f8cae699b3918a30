import DeckCore
import Foundation
import Inference
import ModelFiles
import Synchronization

/// A forward pass whose next token depends on everything that stands in the sequence's own KV pages and in its adapter's
/// pages, read back from memory: any page that is stale, shared or another's changes the answer.
final class ToyModel: ForwardPass {
    static let slotBytes = 64
    let vocabularySize = 97
    let contextLength: Int
    let adapterElement = PageElement.f32
    /// What a batch did that the contract forbids.
    let faults = Mutex<[String]>([])
    /// Called at the start of each step, on the step thread.
    let onStep = Mutex(Hook())

    /// A closure that stands alone in a mutex gets one more wrapper each time it is read.
    struct Hook: Sendable {
        var call: (@Sendable (Int) -> Void)?
    }

    init(contextLength: Int = 160) { self.contextLength = contextLength }

    func pageBytes(tokensPerPage: Int) -> Int { tokensPerPage * Self.slotBytes }

    func run(
        _ batch: StepBatch, memory: PageMemory, tokensPerPage: Int,
        onLogits: (Int, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> StepTimes {
        onStep.withLock { $0 }.call?(batch.rowCount)
        check(batch, memory: memory, tokensPerPage: tokensPerPage)
        var logits = [Float](repeating: 0, count: vocabularySize)
        var output = 0
        var slice = 0
        for segment in batch.segments {
            let adapter = segment.adapter.map { Self.hash(adapter: $0, memory: memory) } ?? 0
            while slice < batch.slices.count,
                batch.slices[slice].firstRow < segment.firstRow + segment.rowCount
            {
                let rows = batch.slices[slice]
                slice += 1
                for row in 0..<rows.rowCount {
                    let position = rows.firstPosition + row
                    let slot = Self.slot(position, rows.pages, memory, tokensPerPage)
                    slot.storeBytes(
                        of: Self.entry(
                            token: batch.tokens[rows.firstRow + row], position: position, adapter: adapter),
                        as: UInt64.self)
                    guard output < batch.outputRows.count, batch.outputRows[output] == rows.firstRow + row
                    else { continue }
                    var state = adapter
                    for earlier in 0...position {
                        let value = Self.slot(earlier, rows.pages, memory, tokensPerPage).load(as: UInt64.self)
                        state = Self.mix(state, value)
                    }
                    Self.fill(&logits, state)
                    logits.withUnsafeMutableBufferPointer { onLogits(output, $0) }
                    output += 1
                }
            }
        }
        if output != batch.outputRows.count {
            faults.withLock { $0.append("output rows out of order") }
        }
        return StepTimes()
    }

    private func check(_ batch: StepBatch, memory: PageMemory, tokensPerPage: Int) {
        var row = 0
        var written: Set<Int32> = []
        var read: Set<Int32> = []
        for slice in batch.slices {
            if slice.firstRow != row { faults.withLock { $0.append("slices leave a gap") } }
            row += slice.rowCount
            let covered = slice.pages.count * tokensPerPage
            if covered < slice.firstPosition + slice.rowCount {
                faults.withLock { $0.append("pages do not cover the rows") }
            }
            // Cached pages may be in several block tables, but nobody writes them.
            let own = slice.firstPosition / tokensPerPage
            read.formUnion(slice.pages[..<own])
            for page in slice.pages[own...] where !written.insert(page).inserted {
                faults.withLock { $0.append("page \(page) is written by two sequences") }
            }
            let inside = batch.segments.filter {
                $0.firstRow <= slice.firstRow
                    && slice.firstRow + slice.rowCount <= $0.firstRow + $0.rowCount
            }
            if inside.count != 1 { faults.withLock { $0.append("a slice crosses a segment") } }
        }
        for page in read.intersection(written) {
            faults.withLock { $0.append("page \(page) is written while others read it") }
        }
        if row != batch.rowCount { faults.withLock { $0.append("slices do not cover the rows") } }
        if batch.segments.reduce(0, { $0 + $1.rowCount }) != row {
            faults.withLock { $0.append("segments do not cover the rows") }
        }
        for segment in batch.segments {
            for page in segment.adapter?.pages ?? []
            where read.contains(page) || !written.insert(page).inserted {
                faults.withLock { $0.append("page \(page) is an adapter's and in use elsewhere") }
            }
        }
    }

    private static func slot(
        _ position: Int, _ pages: [Int32], _ memory: PageMemory, _ tokensPerPage: Int
    ) -> UnsafeMutableRawPointer {
        memory.address(of: pages[position / tokensPerPage]) + position % tokensPerPage * slotBytes
    }

    // MARK: The same function without pages

    /// The greedy continuation, computed without an engine.
    static func reference(_ prompt: [Int], weights: [Float], count: Int, vocabulary: Int = 97)
        -> [Int]
    {
        let adapter = weights.isEmpty ? 0 : hash(weights)
        var state = adapter
        for (position, token) in prompt.enumerated() {
            state = mix(state, entry(token: Int32(token), position: position, adapter: adapter))
        }
        var logits = [Float](repeating: 0, count: vocabulary)
        return (0..<count).map { step in
            fill(&logits, state)
            let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
            state = mix(state, entry(token: Int32(best), position: prompt.count + step, adapter: adapter))
            return best
        }
    }

    static func fill(_ logits: inout [Float], _ state: UInt64) {
        for index in logits.indices {
            logits[index] = Float(mix(state, UInt64(index) &+ 1) >> 40) / Float(1 << 20)
        }
    }

    private static func entry(token: Int32, position: Int, adapter: UInt64) -> UInt64 {
        mix(mix(UInt64(bitPattern: Int64(token)), UInt64(position) &+ 77), adapter)
    }

    static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var mixed = first &* 0x9E37_79B9_7F4A_7C15 &+ second
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    static func hash(_ weights: [Float]) -> UInt64 {
        weights.reduce(1) { mix($0, UInt64($1.bitPattern)) }
    }

    private static func hash(adapter: PackedAdapter, memory: PageMemory) -> UInt64 {
        var state: UInt64 = 1
        for placement in adapter.layout.placements {
            for (runs, width) in [
                (placement.a, placement.shape.inputSize), (placement.b, placement.shape.outputSize),
            ] {
                for run in runs {
                    let start = memory.address(of: adapter.pages[run.page]) + run.offset
                    for index in 0..<run.rowCount * width {
                        state = mix(state, UInt64(start.load(fromByteOffset: index * 4, as: UInt32.self)))
                    }
                }
            }
        }
        return state
    }
}
