/// The merges of a byte-pair vocabulary: which two tokens join to which third, and in what order.
///
/// Merging follows Sennrich et al. (2016): the pair of lowest rank first, the leftmost of equals. Short words run a
/// plain loop; long ones a heap over a linked list, so that a megabyte without a space takes n log n steps.
struct PairMerges: Sendable {
    /// A free slot's key, and the value of a pair that does not merge.
    private static let free = UInt64.max
    /// Up to so many symbols a plain loop is faster than a heap.
    static let longestPlain = 32

    private var keys: [UInt64]
    /// Rank in the upper half, the merged token in the lower.
    private var values: [UInt64]
    private var used = 0

    init(capacity: Int) {
        var size = 1024
        while size < capacity * 2 { size *= 2 }
        keys = Array(repeating: Self.free, count: size)
        values = Array(repeating: 0, count: size)
    }

    /// The first merge of a pair holds; later ones are ignored.
    mutating func add(_ left: Int32, _ right: Int32, rank: Int, merged: Int32) {
        if (used + 1) * 2 > keys.count { grow() }
        let key = Self.key(left, right)
        let slot = slot(of: key)
        guard keys[slot] == Self.free else { return }
        keys[slot] = key
        values[slot] = UInt64(UInt32(rank)) << 32 | UInt64(UInt32(merged))
        used += 1
    }

    /// Replaces symbols by their merges until none applies. A negative symbol merges with nothing. Returns the number of
    /// pairs that were looked at as the next to merge, which is what merging costs.
    @discardableResult
    func merge(_ symbols: inout [Int32]) -> Int {
        symbols.count <= Self.longestPlain ? mergeShort(&symbols) : mergeLong(&symbols)
    }

    private func mergeShort(_ symbols: inout [Int32]) -> Int {
        guard symbols.count > 1 else { return 0 }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: symbols.count) { found in
            var looks = 0
            found.initialize(repeating: Self.free)
            for index in 0..<symbols.count - 1 { found[index] = value(symbols[index], symbols[index + 1]) }
            var count = symbols.count
            while count > 1 {
                var best = 0
                looks += count - 1
                for index in 1..<count - 1 where found[index] >> 32 < found[best] >> 32 { best = index }
                guard found[best] != Self.free else { break }
                symbols[best] = Int32(truncatingIfNeeded: found[best])
                for index in best + 1..<count - 1 {
                    symbols[index] = symbols[index + 1]
                    found[index] = found[index + 1]
                }
                count -= 1
                if best > 0 { found[best - 1] = value(symbols[best - 1], symbols[best]) }
                if best < count - 1 { found[best] = value(symbols[best], symbols[best + 1]) }
            }
            symbols.removeLast(symbols.count - count)
            return looks
        }
    }

    private func mergeLong(_ symbols: inout [Int32]) -> Int {
        let count = symbols.count
        var looks = 0
        var next = (1...count).map(Int32.init)
        var previous = (-1..<count - 1).map(Int32.init)
        // What the pair that starts at each position merges to now; a heap entry of another rank is out of date.
        var found = [UInt64](repeating: Self.free, count: count)
        var heap = MinimumHeap()
        for index in 0..<count - 1 {
            found[index] = value(symbols[index], symbols[index + 1])
            if found[index] != Self.free { heap.appendUnordered(Self.entry(found[index], at: index)) }
        }
        heap.order()
        func refresh(_ index: Int, _ symbols: [Int32]) {
            let right = Int(next[index])
            found[index] = right < count ? value(symbols[index], symbols[right]) : Self.free
            if found[index] != Self.free { heap.push(Self.entry(found[index], at: index)) }
        }
        while let entry = heap.pop() {
            looks += 1
            let index = Int(entry & 0xFFFF_FFFF)
            guard found[index] != Self.free, found[index] >> 32 == entry >> 32 else { continue }
            let right = Int(next[index])
            symbols[index] = Int32(truncatingIfNeeded: found[index])
            found[right] = Self.free
            next[index] = next[right]
            if Int(next[index]) < count { previous[Int(next[index])] = Int32(index) }
            refresh(index, symbols)
            if previous[index] >= 0 { refresh(Int(previous[index]), symbols) }
        }
        var index = 0
        var written = 0
        while index < count {
            symbols[written] = symbols[index]
            written += 1
            index = Int(next[index])
        }
        symbols.removeLast(count - written)
        return looks
    }

    /// Rank and merged token of a pair, all ones for a pair that does not merge.
    private func value(_ left: Int32, _ right: Int32) -> UInt64 {
        guard left >= 0, right >= 0 else { return Self.free }
        let slot = slot(of: Self.key(left, right))
        return keys[slot] == Self.free ? Self.free : values[slot]
    }

    private func slot(of key: UInt64) -> Int {
        var slot = Self.hash(key) & (keys.count - 1)
        while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldValues) = (keys, values)
        keys = Array(repeating: Self.free, count: oldKeys.count * 2)
        values = Array(repeating: 0, count: oldKeys.count * 2)
        for index in oldKeys.indices where oldKeys[index] != Self.free {
            let slot = slot(of: oldKeys[index])
            keys[slot] = oldKeys[index]
            values[slot] = oldValues[index]
        }
    }

    /// A heap entry: the rank of a value, then the position.
    private static func entry(_ value: UInt64, at index: Int) -> UInt64 {
        value & 0xFFFF_FFFF_0000_0000 | UInt64(index)
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(left)) << 32 | UInt64(UInt32(right))
    }

    private static func hash(_ key: UInt64) -> Int {
        let mixed = (key ^ (key >> 29)) &* 0xBF58_476D_1CE4_E5B9
        return Int(truncatingIfNeeded: (mixed ^ (mixed >> 32)) & 0x7FFF_FFFF)
    }
}
