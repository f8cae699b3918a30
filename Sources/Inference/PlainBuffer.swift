/// A growing list of plain values whose memory is reused from step to step: appending does not allocate once it has been as
/// long before, and reading counts no references. Its owner frees it.
struct PlainBuffer<Element: BitwiseCopyable> {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 16) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    func deallocate() { start.deallocate() }

    subscript(index: Int) -> Element { start[index] }

    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        start[count] = element
        count += 1
    }

    var last: Element? { count > 0 ? start[count - 1] : nil }

    /// There is one.
    mutating func replaceLast(_ element: Element) { start[count - 1] = element }

    mutating func removeAll() { count = 0 }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
        capacity *= 2
    }
}
