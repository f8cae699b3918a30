/// What one step's loops are made of, kept from step to step so that none allocates.
final class StepWork {
    let list = WorkList()
    var segments = StepSegments()
    /// The modules that the loop at hand computes
    var targets = PlainBuffer<StepTarget>()
    /// [segments × targets] of the loop at hand; none when no segment has an adapter
    var updates = PlainBuffer<LowRankUpdate?>(capacity: 64)
    /// Those of tall segments, target by target: products add them to their own columns.
    var tallUpdates = PlainBuffer<LowRankUpdate>()
    var clock = StepClock()

    deinit {
        segments.deallocate()
        targets.deallocate()
        updates.deallocate()
        tallUpdates.deallocate()
    }
}
