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
        series = SeriesChoice(limit: options.metricsAdapters)
        deck = MeteredDeck(serving.deck, meters: meters)
        keeper = SnapshotKeeper()
        resolver = AdapterResolver(serving: serving, keeper: keeper)
        broadcast = DeckBroadcast(keeper: keeper, bytesPerSecond: options.streamBytesPerSecond)
        body = BodyReader(
            maxBytes: options.maxBodyBytes, seconds: options.requestSeconds,
            budget: BodyBudget(perTenant: options.maxBodyBytesPerTenant))
        preparation = try PreparationThreads()
        connections = OpenConnections(options.connectionLimits.fittingHere)
    }

    var model: ServedModel { serving.model }

    /// The adapters that somebody may see, by name.
    func adapters(for access: Access) async -> [AdapterSnapshot] {
        (await keeper.current()?.adapters ?? []).filter { access.mayUse($0.name) }
    }
}
