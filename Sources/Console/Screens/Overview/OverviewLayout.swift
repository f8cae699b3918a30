/// What the overview gives its room to.
public enum OverviewLayout: String, Hashable, Sendable, CaseIterable {
    /// Everything, as far as there is room.
    case balanced
    /// The adapter table, and nothing else.
    case adapters
    /// The page map and who waits.
    case memory
    /// Graphs over time, the batch and the tenants.
    case traffic
}

/// A part of the overview.
enum OverviewPanel: Hashable, Sendable, CaseIterable {
    case gauge, table, map, batch, rates, headroom, tenants, replicas, events
}
