/// Jobs that wait for a thread. Tenants take turns, each with its jobs in the order in which they came, and none has two
/// under way: who sends much waits behind itself. A state machine.
struct TurnLine<Job> {
    private var waiting: [String: [(id: Int, job: Job)]] = [:]
    /// Tenants with jobs that may begin, in the order of their turns.
    private var turns: [String] = []
    private var busy: Set<String> = []

    /// Jobs that have not begun.
    private(set) var count = 0

    /// Takes a job in. True when it may begin at once, as far as its tenant goes.
    mutating func append(_ job: Job, id: Int, of tenant: String) -> Bool {
        waiting[tenant, default: []].append((id, job))
        count += 1
        guard waiting[tenant]?.count == 1, !busy.contains(tenant) else { return false }
        turns.append(tenant)
        return true
    }

    /// The job whose turn it is, which is under way from now on; nil when none may begin.
    mutating func next() -> (tenant: String, job: Job)? {
        guard !turns.isEmpty else { return nil }
        let tenant = turns.removeFirst()
        guard let first = waiting[tenant]?.removeFirst() else { return nil }
        if waiting[tenant]?.isEmpty == true { waiting[tenant] = nil }
        count -= 1
        busy.insert(tenant)
        return (tenant, first.job)
    }

    /// A tenant's job ended. True when it has another one, whose turn comes after those of the others.
    mutating func ended(_ tenant: String) -> Bool {
        busy.remove(tenant)
        guard waiting[tenant] != nil else { return false }
        turns.append(tenant)
        return true
    }

    /// Takes out a job that nobody wants any more; nil when it has begun.
    mutating func remove(_ id: Int, of tenant: String) -> Job? {
        guard let index = waiting[tenant]?.firstIndex(where: { $0.id == id }) else { return nil }
        let job = waiting[tenant]?.remove(at: index).job
        count -= 1
        if waiting[tenant]?.isEmpty == true {
            waiting[tenant] = nil
            turns.removeAll { $0 == tenant }
        }
        return job
    }

    /// Takes out everything that has not begun.
    mutating func removeAll() -> [Job] {
        defer {
            waiting = [:]
            turns = []
            count = 0
        }
        return waiting.values.flatMap { $0.map(\.job) }
    }
}
