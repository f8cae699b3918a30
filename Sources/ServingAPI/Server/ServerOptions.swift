/// How a server listens, and what it lets a client ask of it.
public struct ServerOptions: Sendable {
    public var address: ListenAddress
    /// PEM files of a certificate chain and its key; nil serves plain HTTP.
    public var certificate: (chain: String, key: String)?
    /// Connections that are open at once and may ask anything. Beyond them the server's state can be asked for.
    public var maxConnections = 1024
    /// Bytes of one request's body.
    public var maxBodyBytes = 8 << 20
    /// Bytes of bodies that the requests of one tenant may have in hand at once, until they are read.
    public var maxBodyBytesPerTenant = 64 << 20
    /// Bytes of one request's headers.
    public var maxHeaderBytes = 32 << 10
    /// Seconds in which a request must have arrived as a whole.
    public var requestSeconds = 30.0
    /// Seconds after which a connection is closed whose client does not read.
    public var stalledSeconds = 30.0
    /// Seconds that running answers get when the server is told to end.
    public var drainSeconds = 30.0
    /// Seconds that answers get for a last word which have not ended by then.
    public var lastWordSeconds = 5.0
    /// When a stream that is silent gets a comment line; nil leaves it silent.
    public var keepAlive: KeepAlive? = KeepAlive(seconds: 15)
    /// Updates that wait for a client that reads slower than its answer is made; beyond that its request is aborted.
    public var maxBehind = 1024
    /// Answers of one request (`n` times prompts).
    public var maxChoices = 128
    /// Adapters with series of their own in `/metrics`; the others are summed.
    public var metricsAdapters = 50
    /// Bytes a second of a console's stream, packed.
    public var streamBytesPerSecond = 20_000.0

    public init(address: ListenAddress) { self.address = address }

    var connectionLimits: ConnectionLimits {
        // Deadlines of a body and of silence come after the body's own limit, which has an answer.
        ConnectionLimits(
            most: maxConnections, perAddress: maxConnections / 4, headSeconds: min(10, requestSeconds),
            bodySeconds: requestSeconds * 1.5, idleSeconds: requestSeconds * 1.5)
    }
}
