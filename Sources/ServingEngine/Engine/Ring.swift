/// The last `limit` elements, oldest first.
struct Ring<Element: Sendable>: Sendable {
    let limit: Int
    private var storage: [Element] = []
    private var start = 0

    init(limit: Int) { self.limit = limit }

    mutating func append(_ element: Element) {
        if storage.count < limit {
            storage.append(element)
        } else {
            storage[start] = element
            start = (start + 1) % limit
        }
    }

    var elements: [Element] { Array(storage[start...] + storage[..<start]) }
    var last: Element? {
        storage.isEmpty ? nil : storage[(start + storage.count - 1) % storage.count]
    }
}
