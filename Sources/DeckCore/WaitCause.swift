/// The kinds of constraint that can hold a request back. Reasons of one kind, whatever their arithmetic, are one cause.
public enum WaitCause: Int, Hashable, Sendable, CaseIterable {
    /// The step that ran when it came: requests begin between two steps.
    case step
    case paused, tenantLimit, fairShare, batchFull, inLine, pages, adapter, preempted

    /// In a few words, for counts.
    public var word: String {
        switch self {
        case .step: "step"
        case .paused: "paused"
        case .tenantLimit: "tenant limit"
        case .fairShare: "fair share"
        case .batchFull: "batch full"
        case .inLine: "in line"
        case .pages: "pages"
        case .adapter: "adapter"
        case .preempted: "preempted"
        }
    }
}

/// How long one cause was what held a request back, before its first token went into a step.
public struct WaitPart: Hashable, Sendable, Codable {
    /// The last reason of that cause.
    public var reason: WaitReason
    public var seconds: Double

    public init(_ reason: WaitReason, seconds: Double) {
        self.reason = reason
        self.seconds = seconds
    }
}
