/// Counts over the last `seconds`, in tenths of it: what "per second" means on the screens.
struct RateWindow: Sendable {
    private static let slots = 10
    private let slotSeconds: Double
    private var counts = [Int](repeating: 0, count: RateWindow.slots)
    private var slot = 0
    private var sum = 0
    private var began: Double?

    init(seconds: Double) { slotSeconds = max(seconds, 0.1) / Double(Self.slots) }

    mutating func add(_ count: Int, now: Double) {
        turn(now)
        if began == nil { began = now }
        counts[slot % Self.slots] += count
        sum += count
    }

    /// Counts a second; over the time since the first count while the window is not full.
    mutating func rate(now: Double) -> Double {
        turn(now)
        guard sum > 0, let began else { return 0 }
        // At least one slot, so that the first token of a burst is not shown as thousands a second.
        let whole = slotSeconds * Double(Self.slots)
        return Double(sum) / min(whole, max(slotSeconds * 2, now - began))
    }

    private mutating func turn(_ now: Double) {
        let current = Int(now / slotSeconds)
        guard current > slot else { return }
        for step in 1...min(current - slot, Self.slots) {
            let index = (slot + step) % Self.slots
            sum -= counts[index]
            counts[index] = 0
        }
        slot = current
        if sum == 0 { began = nil }
    }
}
