/// A token and its logit, ordered by likelihood; of equals, the smaller id is first, so that a choice is repeatable.
struct Candidate: Sendable, Comparable {
    let token: Int32
    var logit: Float

    static func < (left: Candidate, right: Candidate) -> Bool {
        left.logit != right.logit ? left.logit > right.logit : left.token < right.token
    }
}

/// Picking a few tokens from a whole vocabulary without sorting it.
enum Candidates {
    /// The `count` most likely tokens, most likely first, in one pass with a heap of `count`.
    static func best(_ count: Int, of logits: UnsafeMutableBufferPointer<Float>) -> [Candidate] {
        guard count > 0 else { return [] }
        // The heap's root is the least likely of those kept.
        var heap: [Candidate] = []
        heap.reserveCapacity(min(count, logits.count))
        let filled = min(count, logits.count)
        for token in 0..<filled {
            heap.append(Candidate(token: Int32(token), logit: logits[token]))
            siftUp(&heap)
        }
        // Most of a vocabulary ends at this comparison. Of equals the one that is kept already has the smaller id.
        var least = heap.first?.logit ?? 0
        for token in filled..<logits.count where logits[token] > least {
            heap[0] = Candidate(token: Int32(token), logit: logits[token])
            siftDown(&heap)
            least = heap[0].logit
        }
        return heap.sorted()
    }

    private static func siftUp(_ heap: inout [Candidate]) {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent] < heap[child] else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private static func siftDown(_ heap: inout [Candidate]) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child] < heap[child + 1] { child += 1 }
            guard heap[parent] < heap[child] else { return }
            heap.swapAt(parent, child)
            parent = child
        }
    }
}
