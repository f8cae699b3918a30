/// Every open connection, and which of them give way when there are too many. A state machine.
///
/// Who says nothing gives way first: those that wait for a request, the longest silent before the others. Whoever finds every
/// place taken by requests gets one of the reserve, where only the server's state can be asked for.
struct ConnectionTable {
    enum Place: Hashable {
        case full
        /// Only the server's state can be asked for.
        case reserved
    }

    private struct Entry {
        let address: String?
        let place: Place
        var isSilent = true
        /// Grows with every connection and every end of an answer.
        var since: Int
    }

    private let limits: ConnectionLimits
    private var entries: [Int: Entry] = [:]
    private var counts: [String: Int] = [:]
    private var clock = 0
    private var reservedCount = 0

    init(_ limits: ConnectionLimits) { self.limits = limits }

    var count: Int { entries.count }

    func place(of id: Int) -> Place? { entries[id]?.place }

    /// A connection came; `address` is nil for one from this machine. Returns its place and the connection that is to be closed
    /// for it.
    mutating func open(_ id: Int, from address: String?) -> (place: Place, closes: Int?) {
        let isCrowd = address.map { counts[$0, default: 0] >= limits.perAddress } ?? false
        var closes: Int?
        var place = Place.full
        if isCrowd {
            // An address that sends too many makes room for itself, or asks only how the server fares.
            closes = silent { $0.place == .full && $0.address == address }
            if closes == nil { place = .reserved }
        } else if entries.count - reservedCount >= limits.most {
            closes = silent { $0.place == .full }
            if closes == nil { place = .reserved }
        }
        if place == .reserved, reservedCount >= limits.reserve {
            closes = silent { $0.place == .reserved } ?? oldest { $0.place == .reserved }
        }
        if let closes { remove(closes) }
        clock += 1
        entries[id] = Entry(address: address, place: place, since: clock)
        if place == .reserved { reservedCount += 1 } else if let address { counts[address, default: 0] += 1 }
        return (place, closes)
    }

    /// A request began on it, or its last one was answered.
    mutating func note(_ id: Int, isSilent: Bool) {
        guard var entry = entries[id], entry.isSilent != isSilent else { return }
        entry.isSilent = isSilent
        if isSilent {
            clock += 1
            entry.since = clock
        }
        entries[id] = entry
    }

    mutating func remove(_ id: Int) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        guard entry.place == .full else { return reservedCount -= 1 }
        guard let address = entry.address, let count = counts[address] else { return }
        counts[address] = count > 1 ? count - 1 : nil
    }

    private func silent(_ matches: (Entry) -> Bool) -> Int? { oldest { $0.isSilent && matches($0) } }

    private func oldest(_ matches: (Entry) -> Bool) -> Int? {
        entries.filter { matches($0.value) }.min { $0.value.since < $1.value.since }?.key
    }
}
