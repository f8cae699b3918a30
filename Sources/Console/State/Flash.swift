/// A short message at the foot of the screen that goes away by itself.
public struct Flash: Hashable, Sendable {
    public enum Level: Hashable, Sendable {
        case info, success, warning, error

        /// Seconds for which a message of this level is shown.
        var duration: Double {
            switch self {
            case .info, .success: 4
            case .warning, .error: 8
            }
        }
    }

    public let text: String
    public let level: Level
    /// The console's clock when it goes away.
    public let expires: Double

    public init(_ text: String, _ level: Level, now: Double) {
        self.text = text
        self.level = level
        self.expires = now + level.duration
    }
}
