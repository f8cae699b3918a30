import DeckCore

/// Tenants that want something, the one that got least first: a binary heap, so that a plan looks only at those it reaches.
struct FairOrder: Sendable {
    struct Place: Comparable, Sendable {
        /// Service that it got or has begun to get, over its weight.
        let claim: Double
        /// Places in the batch over its weight: of two that got the same, the one that runs less comes first.
        let load: Double
        /// Its oldest claim.
        let head: RequestID
        let tenant: TenantKey

        static func < (left: Place, right: Place) -> Bool {
            if left.claim != right.claim { return left.claim < right.claim }
            if left.load != right.load { return left.load < right.load }
            return left.head < right.head
        }
    }

    private var places: [Place] = []

    init(_ places: [Place]) {
        self.places = places
        for index in stride(from: places.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    mutating func push(_ place: Place) {
        var index = places.count
        places.append(place)
        while index > 0, places[index] < places[(index - 1) / 2] {
            places.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func pop() -> Place? {
        guard let first = places.first else { return nil }
        places.swapAt(0, places.count - 1)
        places.removeLast()
        sink(0)
        return first
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while 2 * index + 1 < places.count {
            var child = 2 * index + 1
            if child + 1 < places.count, places[child + 1] < places[child] { child += 1 }
            guard places[child] < places[index] else { return }
            places.swapAt(child, index)
            index = child
        }
    }
}
