import DeckCore
import Hummingbird
import Logging
import Threads

/// What every route works with.
struct APIService: Sendable {
    let serving: any Serving
    /// The deck, with its requests metered.
    let deck: any Deck
    let options: ServerOptions
    let log: Logger
    let keeper: SnapshotKeeper
    let meters: RequestMeters
    let resolver: AdapterResolver
    let broadcast: DeckBroadcast
    let gate = TenantGate()
    let drain: Drain
    let series: SeriesChoice
    let body: BodyReader
    let preparation: PreparationThreads
    let connections: OpenConnections

    /// Throws when the system refuses a thread.
    init(
        serving: any Serving, meters: RequestMeters, options: ServerOptions, log: Logger
    ) throws(ThreadRefusal) {
        self.serving = serving
        self.options = options
        self.log = log
        self.meters = meters
        drain = Drain(seconds: options.drainSeconds, lastWordSeconds: options.lastWordSeconds)
        series = SeriesChoice(limit: options.metricsAdapters)
        deck = MeteredDeck(serving.deck, meters: meters)
        keeper = SnapshotKeeper()
        resolver = AdapterResolver(serving: serving)
        broadcast = DeckBroadcast(keeper: keeper, bytesPerSecond: options.streamBytesPerSecond)
        body = BodyReader(
            maxBytes: options.maxBodyBytes, seconds: options.requestSeconds,
            budget: BodyBudget(perTenant: options.maxBodyBytesPerTenant))
        preparation = try PreparationThreads()
        connections = OpenConnections(options.connectionLimits.fittingHere)
    }

    var model: ServedModel { serving.model }

    /// What ends a request early: its client goes, may not ask any more, or the server ends.
    func departure(_ context: APIContext, _ access: Access) async -> Departure {
        let departure = Departure()
        departure.follow(await context.departure())
        departure.follow(drain.everything)
        departure.follow(serving.directory, access)
        return departure
    }

    /// Throws when work that somebody sends now would be refused, whoever sends it. Who reads this has no key: it names no path.
    func checkReady() throws(APIError) {
        if let refusal = drain.refusal { throw refusal }
        if keeper.isFinished { throw .deckStopped }
        guard let latest = keeper.latest else {
            throw APIError(status: 503, message: "the deck is about to start", retryAfter: 1)
        }
        guard latest.baseFault == nil else {
            throw APIError(
                status: 503, message: "the base model changed on disk: the server must be started again")
        }
        guard serving.directory.current.knowsWhoMayAsk else {
            throw APIError(status: 503, message: "the registry cannot be read, so nobody is served", retryAfter: 1)
        }
    }

    /// The adapters that somebody may see, by name.
    func adapters(for access: Access) -> [AdapterStanding] { serving.standings.filter { access.mayUse($0.name) } }
}
