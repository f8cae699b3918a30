/// A place in the order of eviction; the least leaves first.
struct EvictionRank: Comparable, Sendable {
    /// A preempted sequence will come back to it: such content leaves last.
    var isAwaited = false
    /// As `EvictionPolicy.priority`.
    var priority = 0.0
    /// Grows with every use: among equals the least recently used leaves first.
    var order: UInt64 = 0

    static func < (left: EvictionRank, right: EvictionRank) -> Bool {
        if left.isAwaited != right.isAwaited { return right.isAwaited }
        if left.priority != right.priority { return left.priority < right.priority }
        return left.order < right.order
    }
}

/// What may leave now, the least rank first: a binary heap that knows where each element stands, so that every change
/// costs O(log n).
struct EvictionOrder<Element: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let element: Element
        let rank: EvictionRank
        let pages: Int
    }

    private var heap: [Entry] = []
    private var places: [Element: Int] = [:]
    /// Pages of all elements.
    private(set) var pageCount = 0

    var first: (element: Element, rank: EvictionRank)? { heap.first.map { ($0.element, $0.rank) } }
    var elements: some Collection<Element> { places.keys }

    /// Pages of an element; nil when it is not here.
    func pages(of element: Element) -> Int? { places[element].map { heap[$0].pages } }

    /// Puts an element in, or at another place.
    mutating func set(_ element: Element, rank: EvictionRank, pages: Int) {
        let entry = Entry(element: element, rank: rank, pages: pages)
        pageCount += pages
        guard let place = places[element] else {
            heap.append(entry)
            places[element] = heap.count - 1
            rise(heap.count - 1)
            return
        }
        pageCount -= heap[place].pages
        heap[place] = entry
        settle(place)
    }

    /// Does nothing when it is not here.
    mutating func remove(_ element: Element) {
        guard let place = places.removeValue(forKey: element) else { return }
        pageCount -= heap[place].pages
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[last.element] = place
        settle(place)
    }

    private mutating func settle(_ place: Int) {
        rise(place)
        sink(place)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].rank < heap[(place - 1) / 2].rank {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if heap[child].rank < heap[least].rank { least = child }
            }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        places[heap[first].element] = first
        places[heap[second].element] = second
    }

    /// What is wrong with the heap; nil when nothing is.
    func integrityFault() -> String? {
        if places.count != heap.count { return "\(heap.count) stand in the heap, \(places.count) have a place" }
        for (index, entry) in heap.enumerated() {
            if places[entry.element] != index { return "\(entry.element) stands elsewhere in the heap" }
            if index > 0, entry.rank < heap[(index - 1) / 2].rank { return "\(entry.element) stands too deep" }
        }
        return heap.reduce(0) { $0 + $1.pages } == pageCount ? nil : "the heap's pages are miscounted"
    }
}
