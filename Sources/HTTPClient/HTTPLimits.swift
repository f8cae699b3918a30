/// How long an exchange may take and how much it may bring.
public struct HTTPLimits: Hashable, Sendable {
    /// Until the connection stands, for each of a host's addresses.
    public var connectSeconds: Double
    /// Without a byte of the answer.
    public var silenceSeconds: Double
    /// From the start to the answer's end; nil for answers that go on as long as they have something to say.
    public var totalSeconds: Double?
    /// Bytes of a body.
    public var bodyBytes: Int

    public init(
        connectSeconds: Double = 120, silenceSeconds: Double = 600, totalSeconds: Double? = nil,
        bodyBytes: Int = .max
    ) {
        self.connectSeconds = connectSeconds
        self.silenceSeconds = silenceSeconds
        self.totalSeconds = totalSeconds
        self.bodyBytes = bodyBytes
    }
}
