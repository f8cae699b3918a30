import DeckCore

/// The base model's files, part of whose weights stay mapped. They are looked at before a step computes with them, and
/// after it, before its tokens go out.
extension StepLoop {
    /// Whether the base is what was opened. When it is not, everything that lives fails, and nothing is computed any more;
    /// loads, evictions and the other orders go on.
    func baseStands() -> Bool {
        guard baseFault == nil else { return false }
        guard let fault = parts.model.fault() else { return true }
        baseFault = fault
        isDirty = true
        parts.events.record(EventLog.Draft(kind: .failure, level: .error, actor: "engine", message: fault))
        for id in generations.keys.sorted() { fail(id, .unavailable, Self.refusal(fault), topic: "base") }
        // Their proofs stay incomplete.
        let deferred = probes.deferred
        probes.deferred = []
        for probe in deferred { completeLoad(probe.key) }
        return false
    }

    /// Paths are the operator's.
    static func refusal(_ fault: String) -> Refusal {
        Refusal(
            told: "the base model's file changed on disk while it was in use: the server must be started again",
            inFull: fault)
    }
}
