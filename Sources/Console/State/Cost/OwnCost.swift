/// What one frame cost the console itself: processor time of its own thread, so that an engine that keeps every core busy
/// does not count, and bytes to the terminal.
public struct FrameCost: Hashable, Sendable {
    /// Cleaning the snapshot, and taking it and everything else that came into the state.
    public let collect: Double
    /// Drawing into the grid.
    public let layout: Double
    /// Finding out what changed, and sending it.
    public let draw: Double
    /// Nil where the screen cannot tell.
    public let bytes: Int?
    /// The console's clock, and its thread's processor time since it started, at the end of the frame.
    public let time: Double
    public let processor: Double

    public init(collect: Double, layout: Double, draw: Double, bytes: Int?, time: Double, processor: Double) {
        self.collect = collect
        self.layout = layout
        self.draw = draw
        self.bytes = bytes
        self.time = time
        self.processor = processor
    }
}

/// The costs of the latest frames.
public struct OwnCost: Hashable, Sendable {
    /// Half a minute at four frames a second.
    static let capacity = 120

    /// Oldest first.
    public private(set) var frames: [FrameCost] = []

    public init() {}

    mutating func add(_ frame: FrameCost) {
        if frames.count == Self.capacity { frames.removeFirst() }
        frames.append(frame)
    }

    /// The middle one of a figure over the frames kept; nil while it was never known.
    public func median(_ figure: (FrameCost) -> Double?) -> Double? {
        let known = frames.compactMap(figure).sorted()
        return known.isEmpty ? nil : known[known.count / 2]
    }

    /// Processor time over wall time since the oldest frame kept, everything that the thread did; 1 is a whole core.
    public var share: Double? {
        guard let first = frames.first, let last = frames.last, last.time > first.time else { return nil }
        return max(0, last.processor - first.processor) / (last.time - first.time)
    }

    /// Frames a second since the oldest one kept.
    public var rate: Double? {
        guard let first = frames.first, let last = frames.last, last.time > first.time else { return nil }
        return Double(frames.count - 1) / (last.time - first.time)
    }
}
