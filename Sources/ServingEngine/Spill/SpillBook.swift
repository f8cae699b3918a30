import DeckCore

/// Which preempted sequences have their KV outside the pool, where it stands, and what it costs to keep it there: books
/// only, the step loop moves the bytes. What is kept belongs to one sequence, which stays on its version (invariant 3).
struct SpillBook: Sendable {
    /// Names one spill of a sequence, so that what arrives late finds out.
    typealias Ticket = UInt64

    enum Place: Sendable {
        /// In memory, until it is written.
        case writing(SpillBuffer)
        case disk
        case reading
        /// Back in memory, until the sequence has pages again.
        case memory(SpillBuffer)
    }

    struct Entry: Sendable {
        let ticket: Ticket
        /// Tokens whose KV it is.
        let tokens: Int
        let pageCount: Int
        var place: Place
        /// Slots of the file; none once it is read.
        var slots: [Int32]
        /// When the write or read was asked for does not matter: what it took comes with its end.
        var buffer: SpillBuffer? {
            switch place {
            case .writing(let buffer), .memory(let buffer): buffer
            case .disk, .reading: nil
            }
        }
        /// Pages of memory that it holds or will.
        var bufferedPages: Int { if case .disk = place { 0 } else { pageCount } }
    }

    /// Whether anything is kept on disk at all.
    let slotCount: Int
    /// Pages of memory for what is on its way.
    let bufferLimit: Int
    let pageBytes: Int
    private(set) var entries: [RequestID: Entry] = [:]
    private var freeSlots: [Int32] = []
    private(set) var bufferedPages = 0
    private var tickets: Ticket = 0
    /// Seconds that a page takes to be written and read; nil before the first.
    private(set) var secondsPerWrite: Double?
    private(set) var secondsPerRead: Double?
    /// The disk failed: everything is computed again from now on.
    private(set) var fault: String?
    /// Sequences whose KV was kept, and whose came back, since the engine started.
    private(set) var kept = 0
    private(set) var restored = 0
    /// Preemptions after which everything is computed again.
    private(set) var recomputed = 0

    /// A book that keeps nothing.
    init() { self.init(slotCount: 0, bufferLimit: 0, pageBytes: 0) }

    init(slotCount: Int, bufferLimit: Int, pageBytes: Int) {
        self.slotCount = slotCount
        self.bufferLimit = bufferLimit
        self.pageBytes = pageBytes
        freeSlots = (0..<Int32(slotCount)).reversed()
    }

    subscript(id: RequestID) -> Entry? { entries[id] }

    /// Seconds that keeping `pages` takes, there and back; nil as long as the disk was not measured, which the first spill
    /// does.
    func seconds(pages: Int) -> Double? {
        guard let secondsPerWrite else { return nil }
        // A read is not expected to take longer than a write.
        return Double(pages) * (secondsPerWrite + (secondsPerRead ?? secondsPerWrite))
    }

    /// Keeps a sequence's first `tokens`, which stand in `pageCount` pages, if there is room and it is cheaper than
    /// `recompute` seconds of computing them again. The caller fills the buffer before anything else writes to the pages.
    mutating func keep(_ id: RequestID, tokens: Int, pageCount: Int, recompute: Double?) -> Entry? {
        let entry = room(id, tokens: tokens, pageCount: pageCount, recompute: recompute)
        if entry == nil { recomputed += 1 }
        return entry
    }

    private mutating func room(_ id: RequestID, tokens: Int, pageCount: Int, recompute: Double?) -> Entry? {
        guard fault == nil, pageCount > 0, pageCount <= freeSlots.count, bufferedPages + pageCount <= bufferLimit,
            let recompute, (seconds(pages: pageCount) ?? 0) < recompute
        else { return nil }
        // One measures the disk; whoever comes meanwhile is computed again.
        guard secondsPerWrite != nil || entries.isEmpty else { return nil }
        tickets += 1
        let slots = Array(freeSlots.suffix(pageCount))
        freeSlots.removeLast(pageCount)
        let entry = Entry(
            ticket: tickets, tokens: tokens, pageCount: pageCount,
            place: .writing(SpillBuffer(pageCount: pageCount, pageBytes: pageBytes)), slots: slots)
        set(id, entry)
        kept += 1
        return entry
    }

    /// Begins to read what is on disk; false when there is no memory for it, and then it is forgotten.
    mutating func beginReading(_ id: RequestID) -> Bool {
        guard var entry = entries[id], case .disk = entry.place else { return false }
        guard bufferedPages + entry.pageCount <= bufferLimit else {
            lose(id)
            return false
        }
        entry.place = .reading
        set(id, entry)
        return true
    }

    /// A write ended.
    mutating func wrote(_ id: RequestID, _ ticket: Ticket, seconds: Double, fault: String?) {
        if let fault { return fail(fault) }
        if let pages = entries[id]?.pageCount, entries[id]?.ticket == ticket {
            Self.measure(&secondsPerWrite, seconds / Double(pages))
        }
        guard var entry = entries[id], entry.ticket == ticket, case .writing = entry.place else { return }
        entry.place = .disk
        set(id, entry)
    }

    /// A read ended.
    mutating func read(_ id: RequestID, _ ticket: Ticket, _ buffer: SpillBuffer, seconds: Double, fault: String?) {
        if let fault { return fail(fault) }
        guard var entry = entries[id], entry.ticket == ticket, case .reading = entry.place else { return }
        Self.measure(&secondsPerRead, seconds / Double(entry.pageCount))
        entry.place = .memory(buffer)
        freeSlots += entry.slots
        entry.slots = []
        set(id, entry)
    }

    /// The sequence has pages again and takes what was kept.
    mutating func take(_ id: RequestID) -> Entry? {
        guard let entry = entries[id] else { return nil }
        drop(id)
        if entry.buffer != nil { restored += 1 }
        return entry
    }

    /// What was taken comes back untouched: the sequence lost its pages before its step.
    mutating func putBack(_ id: RequestID, tokens: Int, buffer: SpillBuffer) {
        tickets += 1
        restored -= 1
        set(
            id,
            Entry(
                ticket: tickets, tokens: tokens, pageCount: buffer.pageCount, place: .memory(buffer), slots: []))
    }

    /// Nobody needs it any more. What is under way ends without effect: one thread writes and reads, in order.
    mutating func drop(_ id: RequestID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        freeSlots += entry.slots
        bufferedPages -= entry.bufferedPages
    }

    /// It is still needed, and computed again.
    private mutating func lose(_ id: RequestID) {
        drop(id)
        recomputed += 1
    }

    private mutating func set(_ id: RequestID, _ entry: Entry) {
        bufferedPages += entry.bufferedPages - (entries[id]?.bufferedPages ?? 0)
        entries[id] = entry
    }

    /// Everything that is not in memory is lost, and nothing more is kept.
    private mutating func fail(_ reason: String) {
        fault = reason
        for (id, entry) in entries where entry.buffer == nil { lose(id) }
    }

    var snapshot: SpillSnapshot {
        SpillSnapshot(
            pages: entries.values.reduce(0) { $0 + $1.pageCount }, limitPages: slotCount, kept: kept,
            restored: restored, recomputed: recomputed, fault: fault)
    }

    private static func measure(_ mean: inout Double?, _ sample: Double) {
        mean = mean.map { $0 + (sample - $0) / 4 } ?? sample
    }

    /// What is wrong with the books; nil when nothing is (invariant 11).
    func integrityFault() -> String? {
        let used = entries.values.flatMap(\.slots)
        if Set(used + freeSlots).count != slotCount || used.count + freeSlots.count != slotCount {
            return "\(used.count) slots used + \(freeSlots.count) free of \(slotCount)"
        }
        let buffered = entries.values.reduce(0) { $0 + $1.bufferedPages }
        return buffered == bufferedPages ? nil : "\(bufferedPages) pages buffered, \(buffered) there"
    }
}
