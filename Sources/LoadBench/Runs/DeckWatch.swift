import DeckCore

/// What a deck showed of itself during a run: its steps' sum, and its memory over time.
struct DeckWatch: Sendable {
    struct MemorySample: Sendable {
        /// On `LoadClock`.
        let time: Double
        let residentBytes: Int
    }

    private(set) var steps: StepSums
    private(set) var memory: [MemorySample] = []
    private(set) var last: DeckSnapshot?
    /// Steps up to this one were there before.
    private var newestStep: Int?

    init(_ cost: ModelCost) { steps = StepSums(cost) }

    /// Takes a snapshot in. The first one only marks what was before.
    mutating func add(_ snapshot: DeckSnapshot) {
        last = snapshot
        memory.append(MemorySample(time: LoadClock.now, residentBytes: snapshot.process.residentBytes))
        let newest = snapshot.step?.index ?? 0
        defer { newestStep = newest }
        guard let newestStep else { return }
        for step in snapshot.recentSteps where step.index > newestStep { steps.add(step) }
    }

    /// Watches while `body` runs.
    static func during<Value: Sendable>(
        _ deck: any Deck, cost: ModelCost, _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value, watch: DeckWatch) {
        var watch = DeckWatch(cost)
        if let before = await freshSnapshot(deck) { watch.add(before) }
        let marked = watch
        let watcher = Task {
            var watch = marked
            for await snapshot in deck.snapshots() { watch.add(snapshot) }
            return watch
        }
        let value = await body()
        watcher.cancel()
        watch = await watcher.value
        // A fresh subscriber gets the steps since the last one.
        if let after = await freshSnapshot(deck) { watch.add(after) }
        return (value, watch)
    }

    /// One that was made after this call: the second at the latest, where the first is the newest of before.
    static func freshSnapshot(_ deck: any Deck) async -> DeckSnapshot? {
        var first: Int?
        for await snapshot in deck.snapshots() {
            if let first, snapshot.index > first { return snapshot }
            if first == nil { first = snapshot.index }
        }
        return nil
    }
}
