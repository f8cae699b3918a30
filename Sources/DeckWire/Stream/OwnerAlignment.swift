import ModelFiles

/// Keeps the owners of a pool's pages at the places that they had in the snapshot before.
///
/// A snapshot lists owners as it meets them, so that one that goes shifts all behind it, and every page would change with
/// them. Their order means nothing.
enum OwnerAlignment {
    static func align(_ pool: JSONValue, to before: JSONValue) -> JSONValue {
        guard case .object(var members) = pool, let old = before["owners"]?.array, let new = pool["owners"]?.array,
            let pages = pool["pages"]?.array, let overhead = pool["ownerOverheadBytes"]?.array,
            overhead.count == new.count
        else { return pool }
        var places: [JSONValue: Int] = [:]
        for (index, owner) in old.enumerated() { places[owner] = index }
        var target = [Int?](repeating: nil, count: new.count)
        var isTaken = [Bool](repeating: false, count: new.count)
        for (index, owner) in new.enumerated() {
            guard let place = places[owner], place < new.count, !isTaken[place] else { continue }
            target[index] = place
            isTaken[place] = true
        }
        var free = isTaken.indices.filter { !isTaken[$0] }.makeIterator()
        let permutation = target.map { $0 ?? free.next() ?? 0 }
        var alignedOwners = new
        var alignedOverhead = overhead
        for (index, place) in permutation.enumerated() {
            alignedOwners[place] = new[index]
            alignedOverhead[place] = overhead[index]
        }
        members["owners"] = .array(alignedOwners)
        members["ownerOverheadBytes"] = .array(alignedOverhead)
        members["pages"] = .array(
            pages.map { page in
                guard let index = page.int, permutation.indices.contains(index) else { return page }
                return .int(permutation[index])
            })
        return .object(members)
    }
}
