import DeckCore

/// Where the map shows the bytes of owned pages that hold nothing. Decks tell them by owner; they are put at the end of
/// each owner's pages: exactly where they are for a sequence, and the same amount for an adapter, whose pages all have a
/// little at their ends.
struct PageOverhead {
    /// For each page, the share of it that holds nothing, in 0...1.
    private let shares: [Float]

    init(_ pool: PoolSnapshot) {
        var left = pool.ownerOverheadBytes
        var shares = [Float](repeating: 0, count: pool.pageCount)
        for page in pool.pages.indices.reversed() where pool.pageBytes > 0 {
            let owner = Int(pool.pages[page])
            guard left.indices.contains(owner), left[owner] > 0, pool.owners[owner] != .free else { continue }
            let bytes = min(pool.pageBytes, left[owner])
            left[owner] -= bytes
            shares[page] = Float(bytes) / Float(pool.pageBytes)
        }
        self.shares = shares
    }

    /// How full the pages of a cell are, in eighths, 1...8; what is less than half an eighth is not told.
    func level(_ pages: Range<Int>) -> Int {
        let known = pages.clamped(to: shares.indices)
        guard !known.isEmpty else { return 8 }
        let empty = shares[known].reduce(0, +) / Float(known.count)
        return max(1, min(8, Int(bounding: Double(((1 - empty) * 8).rounded()))))
    }
}
